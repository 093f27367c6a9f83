import RiffleCache
import RiffleRedis
import Synchronization

/// How far this riffle may trust its memory while it can't hear of writes that went through other riffles.
///
/// While linked, entries live their whole life. When the link is lost and there were others, everything stored is void
/// and new entries live for a moment only; alone, nobody else's write can be missed and nothing changes.
final class FleetTrust: Sendable {
    /// Life of an entry filled while the link is down, milliseconds.
    static let partitionLife: Int64 = 1_000

    let generations: Generations
    private let cap = Atomic<Int64>(.max)

    init(generations: Generations) {
        self.generations = generations
    }

    /// Upper bound of a new entry's life in milliseconds; nil while there is none.
    var lifeCap: Int64? {
        let value = cap.load(ordering: .relaxed)
        return value == .max ? nil : value
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
            cap.store(Self.partitionLife, ordering: .relaxed)
            generations.invalidate([.everything])
        case .gap:
            generations.invalidate([.everything])
        case .linked:
            cap.store(.max, ordering: .relaxed)
        }
    }
}
