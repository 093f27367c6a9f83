import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The socket clients connect to. Each connection stays on one event loop for life.
struct Listener: Sendable {
    private static let backlog: Int32 = 1_024
    /// Requests are small: a connection starts with little and gets more room when it sends more.
    private static let receiveBuffer = AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 4_096, maximum: 65_536)

    private let channel: any Channel
    let address: ListenAddress

    /// - Throws: when the address can't be had.
    static func bind(
        _ address: ListenAddress, tls: ServerTLS?, gateway: Gateway, fronts: [FrontHandle], group: any EventLoopGroup
    ) async throws(ConfigurationErrors) -> Listener {
        let byLoop = Dictionary(uniqueKeysWithValues: fronts.map { (ObjectIdentifier($0.loop), $0) })
        let limit = gateway.settings.limits.connections
        let addresses = AddressCount(gateway.settings)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.recvAllocator, value: receiveBuffer)
            .childChannelInitializer { channel in
                guard let front = byLoop[ObjectIdentifier(channel.eventLoop)],
                    gateway.connections.load(ordering: .relaxed) < limit, addresses?.admit(channel) ?? true
                else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    try front.admit(channel, tls: tls?.context)
                }
            }
        do {
            switch address {
            case .tcp(let host, let port):
                let channel = try await bootstrap.bind(host: host, port: port).get()
                let bound = ListenAddress.tcp(host: host, port: channel.localAddress?.port ?? port)
                return Listener(channel: channel, address: bound)
            case .unix(let path):
                let channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
                    .get()
                return Listener(channel: channel, address: address)
            }
        } catch {
            throw ConfigurationErrors(errors: [
                ConfigurationError(place: "listen", "can't listen on \(address): \(Self.reason(error))")
            ])
        }
    }

    func close() async {
        try? await channel.close()
        if case .unix(let path) = address { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        switch error.errnoCode {
        case EADDRINUSE: return "another program has it; choose another with --listen"
        case EACCES: return "this user may not; ports below 1024 need a privilege"
        case EADDRNOTAVAIL: return "this machine has no such address"
        default: return String(cString: strerror(error.errnoCode))
        }
    }
}
