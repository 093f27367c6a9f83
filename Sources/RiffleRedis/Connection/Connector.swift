import NIOCore
import NIOPosix
import NIOSSL

/// Opens the sockets of one server: TCP, TLS with verification, or unix.
struct Connector: Sendable {
    static let connectTimeout = TimeAmount.seconds(1)

    let server: RedisServer
    private let tls: NIOSSLContext?

    init(server: RedisServer) throws {
        self.server = server
        guard server.usesTLS else {
            tls = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = server.authoritiesFile { configuration.trustRoots = .file(file) }
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// Connects on `loop`; `handler` is made on that loop.
    func connect(on loop: any EventLoop, handler: @escaping @Sendable () -> ReplyHandler?) -> EventLoopFuture<
        any Channel
    > {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(Self.connectTimeout)
            .channelInitializer { [server, tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try Self.addTLS(tls, server, to: channel) }
                    guard let handler = handler() else { throw ReplyStreamError(message: "no memory for a reader") }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        switch server.endpoint {
        case .tcp(let host, let port):
            return bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
        case .unix(let path):
            return bootstrap.connect(unixDomainSocketPath: path)
        }
    }

    private static func addTLS(_ context: NIOSSLContext, _ server: RedisServer, to channel: any Channel) throws {
        guard case .tcp(let host, _) = server.endpoint else { return }
        // An address can't be an SNI name (RFC 6066 §3); the certificate is then checked against the address.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        try channel.pipeline.syncOperations.addHandler(
            NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host))
    }
}
