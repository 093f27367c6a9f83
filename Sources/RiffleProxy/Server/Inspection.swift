import NIOCore
import RiffleCache
import RiffleInspect
import RiffleListings
import RiffleRedis
import RiffleTelemetry
import Synchronization

/// What this riffle tells and lets be done through its admin plane. Reads shared figures and hops to the loops for theirs;
/// no request waits for it.
struct Inspection: ProxyInspection {
    let gateway: Gateway
    let fronts: [FrontHandle]
    let version: String

    func snapshot() async -> ProxySnapshot {
        var stats = RequestStats()
        for front in fronts {
            if let part = await front.stats() { stats.merge(part) }
        }
        var snapshot = ProxySnapshot()
        snapshot.version = version
        snapshot.uptimeSeconds = Double(gateway.clock.milliseconds() - gateway.startedAt) / 1_000
        snapshot.origin = OriginFigures(
            url: gateway.settings.origin.url.description,
            calls: UInt64(clamping: gateway.origin.calls.load(ordering: .relaxed)),
            inFlight: gateway.origin.inFlight.load(ordering: .relaxed),
            failures: UInt64(clamping: gateway.origin.failures.load(ordering: .relaxed)))
        snapshot.dialect = gateway.dialects.description
        snapshot.loops = fronts.count
        snapshot.connections = gateway.connections.load(ordering: .relaxed)
        snapshot.fillsInFlight = gateway.fills.count
        snapshot.requests = RequestFigures(stats)
        let memory = gateway.memory.figures
        snapshot.memory = MemoryFigures(
            entries: memory.entries, bytes: memory.bytes, limit: gateway.memory.limit,
            evictions: UInt64(clamping: memory.evictions), saved: memory.saved,
            tenants: gateway.memory.tenantFigures.map { TenantFigures($0) })
        snapshot.canary = gateway.canary.figures
        snapshot.redis = redisFigures
        snapshot.prefetch = prefetchFigures
        snapshot.feeds = gateway.feeds.figures(now: gateway.clock.milliseconds()).mapValues { FeedFigures($0) }
        return snapshot
    }

    private var redisFigures: RiffleInspect.RedisFigures {
        guard let redis = gateway.redis else { return RiffleInspect.RedisFigures() }
        let figures = redis.figures
        let counted = [
            "peers": figures.peers, "commands": figures.commands, "timeouts": figures.timeouts,
            "losses": figures.losses, "overloads": figures.overloads, "server_errors": figures.serverErrors,
            "corrupt": figures.corrupt, "reconnects": figures.reconnects, "published": figures.published,
            "acknowledged": figures.acknowledged, "unacknowledged": figures.unacknowledged,
            "received": figures.received, "malformed": figures.malformed,
        ]
        let numbers = counted.mapValues { UInt64(clamping: $0) }
        return RiffleInspect.RedisFigures(
            state: redis.isUsable ? .linked : .open, target: redis.options.server.description, numbers: numbers)
    }

    private var prefetchFigures: PrefetchFigures {
        let figures = gateway.prefetch.figures
        return PrefetchFigures(
            enabled: gateway.prefetch.isEnabled, issued: UInt64(clamping: figures.issued),
            used: UInt64(clamping: figures.used), wasted: UInt64(clamping: figures.wasted),
            skippedByBudget: UInt64(clamping: figures.skippedByBudget), inFlight: figures.inFlight,
            extraShare: figures.demandCalls > 0 ? Double(figures.issued) / Double(figures.demandCalls) : 0)
    }

    func readiness() async -> Readiness {
        if gateway.draining.load(ordering: .relaxed) { return .notReady("draining") }
        var degraded: [String] = []
        if let redis = gateway.redis, !redis.isUsable { degraded.append("redis is not usable; memory carries on") }
        return Readiness(ready: true, reasons: degraded)
    }

    func top(_ query: TopQuery) async -> [HotFolder] {
        let now = gateway.clock.milliseconds()
        var hottest: [Entry] = []
        gateway.memory.forEach { hottest.append($0) }
        hottest.sort { $0.uses > $1.uses }
        return hottest.prefix(query.limit).map { entry in
            let principal = entry.key.principal
            // Queries may carry signatures and tokens.
            return HotFolder(
                path: String(decoding: entry.key.path.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self),
                hits: UInt64(entry.uses), bytes: entry.cost,
                ageSeconds: Double(entry.life.age(at: now)), ttlSeconds: Double(entry.life.freshUntil - now) / 1_000,
                principal: principal == .anonymous ? nil : String(principal.hash.hex.prefix(8)),
                prefetched: entry.prefetched)
        }
    }

    func explain(_ query: ExplainQuery) async -> Explanation {
        await Explainer(gateway: gateway).explain(query)
    }

    func purge(_ request: PurgeRequest) async -> PurgeReport {
        var report = PurgeReport(
            path: request.path, recursive: request.recursive, dryRun: request.dryRun, memoryEntries: 0)
        guard let path = Dialect.canonicalFolderPath(Array(request.path.utf8)) else { return report }
        let folder = gateway.naming.folder(path)
        let general = GeneralPlace(target: path, naming: gateway.naming).folder
        gateway.memory.forEach { entry in
            // By folder too: a response that is no listing stands at its own path, with a query perhaps.
            let matches =
                request.recursive && entry.key.path.starts(with: path) || entry.folder == folder
                || entry.folder == general
            guard matches, entry.status != VariantIndex.status else { return }
            report.memoryEntries += 1
            report.memoryBytes += entry.cost
        }
        guard !request.dryRun else {
            report.redis = gateway.redis == nil ? .none : .untouched
            return report
        }
        let changes = [folder, general].map { request.recursive ? FolderChange.subtree($0) : .folder($0) }
        guard let loop = fronts.first?.loop else { return report }
        let receipt = try? await loop.flatSubmit { gateway.invalidate(changes, on: loop) }.get()
        guard let receipt = receipt ?? nil else { return report }
        // This riffle is among those that listen.
        report.redis = receipt.stored ? .purged : .unavailable
        report.peersAcknowledged = max(0, receipt.acknowledged - 1)
        report.peersKnown = max(0, receipt.receivers - 1)
        return report
    }

    func changed(_ news: ChangeNews) async -> ChangeReceipt {
        await gateway.push.changed(news, gateway)
    }

    func changed(event document: [UInt8]) async -> ChangeReceipt? {
        guard let effects = S3Events.effects(document) else { return nil }
        return await gateway.push.changed(effects, ChangeReceipt(applied: effects.count), gateway)
    }
}

extension TenantFigures {
    fileprivate init(_ figures: MemoryTier.TenantFigures) {
        self.init(
            path: String(decoding: figures.tenant.path, as: UTF8.self), bytes: figures.bytes,
            floor: figures.tenant.floor, ceiling: figures.tenant.ceiling == .max ? nil : figures.tenant.ceiling,
            evictions: UInt64(clamping: figures.evictions))
    }
}
