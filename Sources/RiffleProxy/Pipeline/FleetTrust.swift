import NIOCore
import RiffleCache
import RiffleRedis
import Synchronization

/// How far this riffle may trust its memory while it can't hear of writes that went through other riffles.
///
/// While linked, entries live their whole life. When the link is lost and there were others, everything stored is void
/// and new entries live for a moment only, until the others have had the time to come back as well; alone, nobody else's
/// write can be missed and nothing changes.
final class FleetTrust: Sendable {
    /// Life of an entry filled while the link is down, milliseconds from when the origin was asked: a write through another
    /// riffle is not answered before it is over.
    static let partitionLife = RedisTier.partitionLife.nanoseconds / 1_000_000

    /// How long after the link stands again another riffle may still be without it, milliseconds: its longest wait between
    /// two attempts, and some for the attempt.
    private static let returnPatience: Int64 = 3_000

    let generations: Generations
    private let clock = MonotonicClock()
    /// Monotonic milliseconds until which lives are capped.
    private let cappedUntil = Atomic<Int64>(0)

    init(generations: Generations) {
        self.generations = generations
    }

    /// The life of an entry for which the origin was asked at `asked` (monotonic milliseconds), cut to what is safe now.
    func capped(_ life: EntryLife, asked: Int64) -> EntryLife {
        guard isCapped else { return life }
        return life.limited(to: asked + Self.partitionLife)
    }

    /// Whether what was asked of the origin at `asked` may answer who asks now.
    func mayJoin(asked: Int64, now: Int64) -> Bool {
        !isCapped || now < asked + Self.partitionLife
    }

    private var isCapped: Bool {
        let end = cappedUntil.load(ordering: .relaxed)
        return end > 0 && clock.milliseconds() < end
    }

    /// Another riffle, or a purge through one, changed these.
    func heard(_ changes: [FolderChange]) {
        generations.invalidate(changes)
    }

    func changed(_ link: RedisLinkChange) {
        switch link {
        case .lost(peers: 0):
            break
        case .lost:
            cappedUntil.store(.max, ordering: .relaxed)
            generations.invalidate([.everything])
        case .gap:
            generations.invalidate([.everything])
        case .linked:
            guard cappedUntil.load(ordering: .relaxed) == .max else { break }
            cappedUntil.store(clock.milliseconds() + Self.returnPatience, ordering: .relaxed)
        }
    }
}
