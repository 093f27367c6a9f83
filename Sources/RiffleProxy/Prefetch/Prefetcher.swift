import NIOCore
import RiffleCache
import RifflePrefetch
import Synchronization

/// The task that learns from visits and sends prefetches on their way. Owns the predictor and the queue.
struct Prefetcher {
    /// How long after the visit that suggested it a prefetch may still begin, milliseconds.
    private static let patience: Int64 = 3_000
    /// An entry opened in this last part of its life is renewed before it ends.
    private static let lastPart = 0.15
    /// Opens in one life that make renewing worth a call.
    private static let renewalHits: UInt32 = 2
    private static let renewalProbability = 0.8

    private let gateway: Gateway
    private let fronts: [FrontHandle]
    private var predictor: Predictor
    private var queue = PrefetchQueue()
    private var turn = 0

    init(gateway: Gateway, fronts: [FrontHandle]) {
        self.gateway = gateway
        self.fronts = fronts
        predictor = Predictor(lifetime: gateway.settings.cache.defaultTTL)
    }

    /// Returns when the hub's stream ends or the task is cancelled.
    mutating func run() async {
        let hub = gateway.prefetch
        for await event in hub.events {
            switch event {
            case .visits(let notes):
                for note in notes { visited(note) }
            case .listed(let path, let children, let time):
                predictor.listed(path, children: children, at: time)
            case .roomMayBe:
                break
            }
            pump()
        }
    }

    private mutating func visited(_ note: VisitNote) {
        let key = note.entry.key
        let path = Array(key.path)
        let audience = key.principal.hash.low
        let visit = Visit(time: note.time, visitor: audience ^ note.peer, audience: audience, path: path)
        let candidates = predictor.visited(visit, children: nil)
        let bar = gateway.prefetch.leastProbability
        guard let template = gateway.prefetch.template(RequestTemplates.Name(key)) else { return }
        for candidate in candidates where candidate.probability >= bar {
            enqueue(candidate.path, like: key, candidate.probability, template, note.time, renews: nil)
        }
        if isWorthRenewing(note) {
            enqueue(path, like: key, Self.renewalProbability, template, note.time, renews: note.entry)
        }
    }

    private func isWorthRenewing(_ note: VisitNote) -> Bool {
        let life = note.entry.life
        let whole = Double(life.freshUntil - life.receivedAt)
        let left = Double(life.freshUntil - note.time)
        return left > 0 && left < whole * Self.lastPart
            && note.entry.hits.load(ordering: .relaxed) >= Self.renewalHits
    }

    private mutating func enqueue(
        _ path: [UInt8], like visited: CacheKey, _ probability: Double, _ template: RequestTemplate, _ now: Int64,
        renews: Entry?
    ) {
        let key = CacheKey(path: path, principal: visited.principal, form: visited.form)
        let hash = key.bytes.withUnsafeBytes { MemoryTier.hash($0) }
        if renews == nil, isFresh(key, hash, now) { return }
        queue.add(
            PrefetchJob(
                key: key, hash: hash, probability: probability, until: now + Self.patience, template: template,
                renews: renews))
    }

    private func isFresh(_ key: CacheKey, _ hash: UInt64, _ now: Int64) -> Bool {
        guard let entry = key.bytes.withUnsafeBytes({ gateway.memory.peek($0, hash: hash) }) else { return false }
        return entry.life.freshUntil > now
            && gateway.generations.holds(entry, lineage: { gateway.naming.lineage(key.path) })
    }

    private mutating func pump() {
        let hub = gateway.prefetch
        while queue.count > 0 {
            let now = gateway.clock.milliseconds()
            let demand = gateway.origin.inFlight.load(ordering: .relaxed) - hub.figures.inFlight
            guard hub.take(now: now, demandInFlight: max(0, demand)) else { return }
            guard let job = queue.next(at: now), job.template.credential.isVouched(at: now),
                job.renews != nil || !isFresh(job.key, job.hash, now)
            else {
                hub.giveBack()
                continue
            }
            turn = (turn + 1) % fronts.count
            fronts[turn].prefetch(job)
        }
    }
}
