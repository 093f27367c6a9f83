import Logging
import NIOCore
import NIOPosix
import RiffleCache
import RiffleInspect
import RiffleRedis
import RiffleTelemetry
import ServiceLifecycle
import Synchronization

/// One riffle: listener, event loops, tiers, prefetch. Made and bound by ``start``, run until its service group shuts
/// down, then drained.
package struct RiffleServer: Service {
    private let gateway: Gateway
    private let fronts: [FrontHandle]
    private let listener: Listener
    private let group: MultiThreadedEventLoopGroup
    private let embedded: EmbeddedRedis?
    private let tls: ServerTLS?
    private let version: String
    private let log: Logger
    /// Where clients reach it: with the port the system chose when it was told port 0.
    package let address: ListenAddress

    /// What clients are given to reach it.
    package var url: String { address.url(scheme: gateway.settings.clientScheme) }

    /// Binds the listener and starts what is behind it.
    ///
    /// - Throws: ``ConfigurationErrors`` when what the settings name can't be had: the address, the secret's file, the
    ///   log's file, a `redis-server` to embed.
    package static func start(
        _ settings: Settings, version: String, log: Logger
    ) async throws(ConfigurationErrors) -> RiffleServer {
        let tls = try ServerTLS(settings.tls, log: log)
        let accessLog = try AccessLog(settings.log)
        let parts = try await RedisParts.make(settings)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops.count)
        let gateway = try Gateway.assemble(settings, parts: parts, accessLog: accessLog, group: group, log: log)
        let fronts = await Self.makeFronts(gateway, group)
        do {
            await gateway.redis?.start()
            try await gateway.hooks.open(settings.feed, group: group)
            let listener = try await Listener.bind(
                settings.listen, tls: tls, gateway: gateway, fronts: fronts, group: group)
            return RiffleServer(
                gateway: gateway, fronts: fronts, listener: listener, group: group, embedded: parts.embedded,
                tls: tls, version: version, log: log,
                address: listener.address)
        } catch {
            await Self.release(gateway, parts.embedded, group)
            throw error
        }
    }

    /// What the admin plane may ask of this riffle.
    package var inspection: any ProxyInspection { Inspection(gateway: gateway, fronts: fronts, version: version) }

    package func run() async throws {
        ExclusivityChecks.end()
        let pulse = Pulse(fronts, gateway.prefetch)
        await withTaskGroup(of: Void.self) { tasks in
            if gateway.prefetch.isEnabled {
                tasks.addTask {
                    var prefetcher = Prefetcher(gateway: gateway, fronts: fronts)
                    await prefetcher.run()
                }
            }
            if let tls { tasks.addTask { await tls.watch() } }
            tasks.addTask { await Feeds(gateway: gateway).run() }
            try? await gracefulShutdown()
            gateway.prefetch.finish()
            tasks.cancelAll()
        }
        await drain()
        await pulse.end()
        await Self.release(gateway, embedded, group)
    }

    /// Ends what ``start`` began when ``run`` will never be called.
    package func stop() async {
        await listener.close()
        await Self.release(gateway, embedded, group)
    }

    /// Takes no new connections, lets requests in flight end, closes what is left after the drain time.
    private func drain() async {
        gateway.draining.store(true, ordering: .relaxed)
        await listener.close()
        for front in fronts { front.drain() }
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(gateway.settings.limits.drainTimeout)
        while gateway.connections.load(ordering: .relaxed) > 0, clock.now < end {
            try? await Task.sleep(for: .milliseconds(10))
        }
        let left = gateway.connections.load(ordering: .relaxed)
        if left > 0 {
            log.warning("closing connections that did not end in time", metadata: ["connections": "\(left)"])
            for front in fronts { front.closeAll() }
        }
    }

    private static func makeFronts(_ gateway: Gateway, _ group: MultiThreadedEventLoopGroup) async -> [FrontHandle] {
        var fronts: [FrontHandle] = []
        for loop in group.makeIterator() {
            let front = try? await loop.submit { FrontHandle(Front(gateway: gateway, loop: loop), loop: loop) }.get()
            if let front { fronts.append(front) }
        }
        return fronts
    }

    private static func release(_ gateway: Gateway, _ embedded: EmbeddedRedis?, _ group: MultiThreadedEventLoopGroup)
        async
    {
        await gateway.hooks.close()
        await gateway.origin.shutdown()
        await gateway.redis?.shutdown()
        embedded?.stop()
        gateway.accessLog?.close()
        try? await group.shutdownGracefully()
    }
}

extension Settings.Loops {
    /// One loop a core, unless the operator says otherwise.
    var count: Int {
        switch self {
        case .auto: System.coreCount
        case .count(let count): count
        }
    }
}
