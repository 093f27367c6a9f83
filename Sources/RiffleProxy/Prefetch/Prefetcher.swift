import HeapModule
import NIOCore
import RiffleCache
import RifflePrefetch
import Synchronization

/// A folder worth fetching, and for whom.
struct PrefetchJob: Sendable {
    let key: CacheKey
    let hash: UInt64
    let template: RequestTemplate
    /// The entry to renew; nil for a folder that is not there yet.
    let renews: Entry?
}

/// The task that learns from visits and sends prefetches on their way. Owns the predictor and the queue.
struct Prefetcher {
    /// How long after the visit that suggested it a prefetch may still begin, milliseconds.
    private static let patience: Int64 = 3_000
    /// Entries watched for renewal at once; more are left to expire.
    private static let maximumWatched = 8_192

    /// An opened entry, to be looked at again shortly before it expires.
    private struct Watch: Comparable {
        let at: Int64
        let entry: Entry

        static func < (left: Watch, right: Watch) -> Bool { left.at < right.at }
        static func == (left: Watch, right: Watch) -> Bool { left.at == right.at }
    }

    private let gateway: Gateway
    private let fronts: [FrontHandle]
    private var predictor: Predictor
    private var queue = PrefetchQueue<CacheKey, PrefetchJob>()
    private var watched = Heap<Watch>()
    private var turn = 0

    init(gateway: Gateway, fronts: [FrontHandle]) {
        self.gateway = gateway
        self.fronts = fronts
        predictor = Predictor(lifetime: gateway.settings.cache.defaultTTL)
    }

    /// Returns when the hub's stream ends or the task is cancelled.
    mutating func run() async {
        for await event in gateway.prefetch.events {
            switch event {
            case .visits(let notes):
                for note in notes { visited(note) }
            case .listed(let path, let children, let time):
                predictor.listed(path, children: children, at: time)
            case .pulse:
                lookAgain()
            case .roomMayBe:
                break
            }
            pump()
        }
    }

    private mutating func visited(_ note: VisitNote) {
        let key = note.entry.key
        let audience = key.principal.hash.low
        let visit = Visit(
            time: note.time, visitor: audience ^ note.peer, audience: audience, path: Array(key.path))
        let candidates = predictor.visited(visit, children: nil)
        if note.isFirst { watch(note.entry, at: note.time) }
        guard let template = gateway.prefetch.template(RequestTemplates.Name(key)) else { return }
        let bar = gateway.prefetch.leastProbability
        for candidate in candidates where candidate.probability >= bar {
            let next = CacheKey(path: candidate.path, principal: key.principal, form: key.form)
            let hash = next.bytes.withUnsafeBytes { MemoryTier.hash($0) }
            if isFresh(next, hash, note.time) { continue }
            let job = PrefetchJob(key: next, hash: hash, template: template, renews: nil)
            enqueue(job, candidate.probability, at: note.time)
        }
    }

    private mutating func enqueue(_ job: PrefetchJob, _ probability: Double, at now: Int64) {
        _ = queue.offer(.init(name: job.key, probability: probability, deadline: now + Self.patience, job: job))
    }

    private func isFresh(_ key: CacheKey, _ hash: UInt64, _ now: Int64) -> Bool {
        guard let entry = key.bytes.withUnsafeBytes({ gateway.memory.peek($0, hash: hash) }) else { return false }
        return entry.life.freshUntil > now
            && gateway.generations.holds(entry, lineage: { gateway.naming.lineage(key.path) })
    }

    // MARK: Renewal

    private mutating func watch(_ entry: Entry, at now: Int64) {
        switch decide(entry, now) {
        case .never: break
        case .lookAgain(let at):
            if watched.count < Self.maximumWatched { watched.insert(Watch(at: at, entry: entry)) }
        case .refresh(let probability): renew(entry, probability, now)
        }
    }

    private mutating func lookAgain() {
        let now = gateway.clock.milliseconds()
        while let next = watched.min, next.at <= now {
            let entry = watched.removeMin().entry
            let present = entry.key.bytes.withUnsafeBytes { gateway.memory.peek($0, hash: entry.hash) }
            // Another object of the same fill has got a plain copy beside it.
            if let present, present.generation == entry.generation, present.life == entry.life {
                watch(present, at: now)
            }
        }
    }

    private func decide(_ entry: Entry, _ now: Int64) -> RefreshAhead.Decision {
        RefreshAhead.decide(
            .init(
                receivedAt: entry.life.receivedAt, freshUntil: entry.life.freshUntil,
                uses: Int(entry.uses)), at: now)
    }

    private mutating func renew(_ entry: Entry, _ probability: Double, _ now: Int64) {
        guard probability >= gateway.prefetch.leastProbability,
            let template = gateway.prefetch.template(RequestTemplates.Name(entry.key))
        else { return }
        enqueue(PrefetchJob(key: entry.key, hash: entry.hash, template: template, renews: entry), probability, at: now)
    }

    // MARK: Sending

    private mutating func pump() {
        let hub = gateway.prefetch
        while !queue.isEmpty {
            let now = gateway.clock.milliseconds()
            let demand = gateway.origin.inFlight.load(ordering: .relaxed) - hub.figures.inFlight
            guard hub.take(now: now, demandInFlight: max(0, demand)) else { return }
            guard let job = queue.next(at: now)?.job,
                job.template.credential.mayRead(job.key.principal, at: now),
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
