import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import RiffleInspect
import ServiceLifecycle
import Synchronization

/// The admin listener as a service: health, metrics, inspection, dashboard. Ends on graceful shutdown.
package final class AdminServer: Service {
    /// Connections at once; more wait in the backlog.
    static let connectionLimit = 128

    private let address: AdminAddress
    private let routes: AdminRoutes
    private let log: Logger
    private let bound = Mutex(Binding.pending([]))

    private enum Binding {
        case pending([CheckedContinuation<AdminAddress?, Never>])
        case listening(AdminAddress)
        case ended
    }

    /// - Parameters:
    ///   - token: required on an address that other machines can reach.
    ///   - feedToken: who has it may tell of changes and do nothing else.
    /// - Throws: ``AdminServerError`` when the address would let strangers in.
    package init(
        address: AdminAddress, inspection: any ProxyInspection, token: String?, feedToken: String? = nil, log: Logger
    ) throws(AdminServerError) {
        for token in [token, feedToken] {
            if let token, token.utf8.count < AdminServerError.shortestToken { throw .tokenTooShort }
        }
        guard address.isLocal || token != nil else { throw .openToStrangers(address) }
        self.address = address
        self.log = log
        routes = AdminRoutes(inspection: inspection, token: token, feedToken: feedToken)
    }

    package func run() async throws {
        defer { settle(.ended) }
        let bind: BindAddress =
            switch address {
            case .tcp(let host, let port): .hostname(host, port: port)
            case .unix(let path): .unixDomainSocket(path: path)
            }
        let application = Application(
            responder: routes,
            configuration: .init(
                address: bind,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit, logger: log)
            ),
            onServerRunning: { [self] channel in didBind(channel.localAddress?.port) },
            logger: log)
        try await application.run()
    }

    /// Where it listens, with the port it got; waits until it does. Nil when it ended before.
    package func listening() async -> AdminAddress? {
        await withCheckedContinuation { continuation in
            let known: AdminAddress?? = bound.withLock { state in
                switch state {
                case .pending(let waiting):
                    state = .pending(waiting + [continuation])
                    return nil
                case .listening(let address): return .some(.some(address))
                case .ended: return .some(nil)
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func didBind(_ port: Int?) {
        switch address {
        case .tcp(let host, let wanted): settle(.listening(.tcp(host: host, port: port ?? wanted)))
        case .unix: settle(.listening(address))
        }
    }

    private func settle(_ next: Binding) {
        let waiting: [CheckedContinuation<AdminAddress?, Never>] = bound.withLock { state in
            defer { state = next }
            if case .pending(let waiting) = state { return waiting }
            return []
        }
        var address: AdminAddress?
        if case .listening(let bound) = next {
            address = bound
            log.info("admin listens", metadata: ["address": "\(bound)"])
        }
        for continuation in waiting { continuation.resume(returning: address) }
    }
}

/// Why an admin listener is not started.
package enum AdminServerError: Error, CustomStringConvertible, Equatable {
    static let shortestToken = 16

    case openToStrangers(AdminAddress)
    case tokenTooShort

    package var description: String {
        switch self {
        case .openToStrangers(let address):
            "the admin address \(address) can be reached from other machines and no admin token is set; "
                + "set one (RIFFLE_ADMIN_TOKEN) or listen on 127.0.0.1 or a unix socket"
        case .tokenTooShort:
            "the admin token is shorter than \(Self.shortestToken) bytes; make one with `openssl rand -hex 32`"
        }
    }
}
