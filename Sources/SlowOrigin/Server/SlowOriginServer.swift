import AsyncHTTPClient
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// A running server. Tests start it in-process on a free port; the program waits for its end.
package final class SlowOriginServer: Sendable {
    package let host: String
    package let port: Int

    private let counting: Counters
    private let behaviour: Behaviour
    private let group: ServiceGroup
    private let running: Task<Void, any Error>

    /// What an orderly end may take before requests still running (stalled, delayed) are cut.
    static let longestShutdown: Duration = .seconds(3)
    static let idleTimeout: TimeAmount = .seconds(120)

    private init(
        host: String, port: Int, _ counting: Counters, _ behaviour: Behaviour, _ group: ServiceGroup,
        _ running: Task<Void, any Error>
    ) {
        self.host = host
        self.port = port
        self.counting = counting
        self.behaviour = behaviour
        self.group = group
        self.running = running
    }

    /// Returns once the server accepts connections.
    /// - Parameter signals: the signals that end it in order, for programs.
    package static func start(
        _ options: SlowOriginOptions, signals: [UnixSignal] = []
    ) async throws(SlowOriginError) -> SlowOriginServer {
        let counters = Counters()
        let behaviour = Behaviour(
            latency: options.latency, onEverything: options.latencyOnEverything, faults: options.faults,
            seed: options.seed)
        if let concurrency = options.concurrency, concurrency < 1 {
            throw .invalid("concurrency \(concurrency) is less than 1")
        }
        var logger = Logger(label: "slow-origin")
        logger.logLevel = .error
        let responder = OriginResponder(
            counters: counters, behaviour: behaviour, gate: options.concurrency.map(ConcurrencyGate.init(limit:)),
            authenticator: Authenticator(users: options.users), service: try service(options))

        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: .init(additionalChannelHandlers: [ContinueHandler()], idleTimeout: idleTimeout)),
            configuration: .init(
                address: .hostname(options.host, port: options.port), serverName: "slow-origin", backlog: 1_024),
            onServerRunning: { channel in
                bound.yield(channel.localAddress?.port ?? 0)
                bound.finish()
            },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: application)], gracefulShutdownSignals: signals, logger: logger)
        configuration.maximumGracefulShutdownDuration = longestShutdown
        let group = ServiceGroup(configuration: configuration)
        let running = Task {
            defer { bound.finish() }
            let result: Result<Void, any Error>
            do { result = .success(try await group.run()) } catch { result = .failure(error) }
            switch responder.service {
            case .upstream(let upstream): await upstream.shutdown()
            case .graph(let graph): await graph.shutdown()
            case .tree, .s3: break
            }
            try result.get()
        }
        var port: Int?
        for await bound in ports { port = bound }
        guard let port else {
            var reason = "the server ended"
            if case .failure(let error) = await running.result { reason = "\(error)" }
            throw .cannotStart("cannot listen on \(options.host):\(options.port): \(reason)")
        }
        return SlowOriginServer(host: options.host, port: port, counters, behaviour, group, running)
    }

    private static func service(_ options: SlowOriginOptions) throws(SlowOriginError) -> OriginResponder.Service {
        if let upstream = options.upstream { return .upstream(try UpstreamProxy(upstream)) }
        let tree = try FileTree(root: options.root)
        switch options.dialect {
        case .webdav:
            return .tree(WebDAVDialect(tree: tree, hasDeepTags: options.hasDeepTags), isReadOnly: options.isReadOnly)
        case .autoindex: return .tree(AutoindexDialect(tree: tree), isReadOnly: options.isReadOnly)
        case .graph:
            return .graph(GraphService(tree: tree, users: options.users, isReadOnly: options.isReadOnly))
        case .s3: return .s3(S3Service(tree: tree, users: options.users, isReadOnly: options.isReadOnly))
        }
    }

    /// With a trailing slash.
    package var url: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)/" }

    package var counters: CountersSnapshot { counting.snapshot }
    package func resetCounters() { counting.reset() }

    package var latency: Latency {
        get { behaviour.latency }
        set { behaviour.latency = newValue }
    }

    package var faults: Faults {
        get { behaviour.faults }
        set { behaviour.faults = newValue }
    }

    /// Until a signal or `stop` has ended it.
    package func wait() async {
        _ = await running.result
    }

    package func stop() async {
        await group.triggerGracefulShutdown()
        await wait()
    }
}
