import Logging
import NIOCore
import RiffleCache
import RiffleListings
import RiffleRedis
import Synchronization

/// One source of changes as the rest of riffle knows it: what it tells is voided everywhere, and how far it can be trusted
/// decides how long listings within its scope live.
///
/// Whoever speaks for the source calls ``heard(_:lag:)`` with every piece of news, also when the news is that nothing
/// changed, and ``failed(_:)`` when there is none. Both may be called from anywhere.
final class FeedChannel: Sendable {
    /// Name of the feed, as in metrics: `push`, `walk` …
    let feed: String
    let scope: FeedScope
    private let gateway: Gateway
    private let state: Mutex<FeedState>
    private let changes = Atomic<UInt64>(0)
    private let failures = Atomic<UInt64>(0)
    /// Since when it is healthy without a break; the end of time while it is not.
    private let healthySince = Atomic<Int64>(.max)

    /// Opens a channel, down until it has heard something; nil when there are too many. ``close()`` ends it.
    static func open(
        _ feed: String, scope: FeedScope, limits: FeedState.Limits = .init(), gateway: Gateway
    ) -> FeedChannel? {
        let channel = FeedChannel(feed, scope, limits, gateway)
        return gateway.feeds.open(channel) ? channel : nil
    }

    private init(_ feed: String, _ scope: FeedScope, _ limits: FeedState.Limits, _ gateway: Gateway) {
        self.feed = feed
        self.scope = scope
        self.gateway = gateway
        state = Mutex(FeedState(limits))
    }

    /// Whether it has told of everything since that moment.
    func isHealthy(since time: Int64) -> Bool {
        let since = healthySince.load(ordering: .acquiring)
        return since != .max && since <= time
    }

    struct Figures: Sendable {
        var health: FeedState.Health
        var knownUntil: Int64?
        var changes: UInt64
        var failures: UInt64
    }

    var figures: Figures {
        let (health, known) = state.withLock { ($0.health, $0.knownUntil) }
        return Figures(
            health: health, knownUntil: known, changes: changes.load(ordering: .relaxed),
            failures: failures.load(ordering: .relaxed))
    }

    /// News from the source: these changed, and nothing else until `lag` milliseconds ago. Returns when every riffle that
    /// listens has voided them.
    ///
    /// - Returns: what the other riffles said; nil without Redis or changes.
    @discardableResult
    func heard(_ effects: [FolderEffect], lag: Int64 = 0) async -> InvalidationReceipt? {
        var receipt: InvalidationReceipt?
        if !effects.isEmpty {
            changes.add(UInt64(effects.count), ordering: .relaxed)
            receipt = await gateway.apply(effects)
        }
        // Only now: a listing must not live long on the word of a source whose news is not applied yet.
        step("news") { $0.heard(at: $1, lag: lag) }
        return receipt
    }

    /// - Parameter reason: in words without any secret.
    func failed(_ reason: String) {
        failures.add(1, ordering: .relaxed)
        step(reason) { $0.failed(at: $1) }
    }

    func tick() {
        step("silence") { $0.tick(at: $1) }
    }

    /// Nothing more comes.
    func close() {
        let fell = state.withLock { _ in settle(isHealthy: false) }
        if fell { gateway.shortenLives(in: scope) }
        gateway.feeds.close(self)
    }

    private func step(_ why: String, _ event: (inout FeedState, Int64) -> FeedState.Health?) {
        let now = gateway.clock.milliseconds()
        let (next, fell) = state.withLock { state -> (FeedState.Health?, Bool) in
            guard let next = event(&state, now) else { return (nil, false) }
            return (next, settle(isHealthy: next == .healthy))
        }
        guard let next else { return }
        gateway.log.notice("change feed is \(next.rawValue)", metadata: ["feed": "\(feed)", "why": "\(why)"])
        // What was stored for long lives no longer than without a feed.
        if fell { gateway.shortenLives(in: scope) }
    }

    /// Called under the lock, so that the hub never counts what the machine does not say.
    ///
    /// - Returns: whether it was healthy and is no longer.
    private func settle(isHealthy: Bool) -> Bool {
        let was = healthySince.load(ordering: .acquiring) != .max
        guard was != isHealthy else { return false }
        healthySince.store(isHealthy ? gateway.clock.milliseconds() : .max, ordering: .releasing)
        gateway.feeds.changed(isHealthy: isHealthy)
        return was
    }
}

extension Gateway {
    /// Voids effects here, in Redis and in every riffle that listens; returns when they have.
    func apply(_ effects: [FolderEffect]) async -> InvalidationReceipt? {
        guard !effects.isEmpty else { return nil }
        let changes = effects.map { FolderChange($0, naming: naming) }
        return try? await loop.flatSubmit { [self] in invalidate(changes, on: loop) }.get()
    }

    /// Gives every listing in the scope that was stored for long the life it would have without a feed. O(entries).
    func shortenLives(in scope: FeedScope) {
        var long: [Entry] = []
        memory.forEach { entry in
            if entry.status != VariantIndex.status, scope.covers(entry.key.path, entry.principal), isLong(entry.life) {
                long.append(entry)
            }
        }
        for entry in long { memory.insert(withoutFeed(entry)) }
    }

    private func isLong(_ life: EntryLife) -> Bool {
        life.freshUntil > life.receivedAt + settings.cache.defaultTTL
    }

    /// The life that an entry would have while no feed speaks of it. What the origin itself allowed to live longer can't be
    /// told apart and is shortened too, which only costs a miss.
    func withoutFeed(_ life: EntryLife) -> EntryLife {
        isLong(life) && settings.feed.isUsed ? life.limited(to: life.receivedAt + settings.cache.defaultTTL) : life
    }

    func withoutFeed(_ entry: Entry) -> Entry { entry.living(withoutFeed(entry.life)) }
}
