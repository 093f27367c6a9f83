import RiffleCache
import RiffleTelemetry
import Synchronization

/// Listings that several people have each proven to be the same for them, on the paths the operator names: whoever of them
/// asks the origin renews it for all.
///
/// Nobody is ever given bytes that he did not get from the origin himself under his own credential: what is shared is only
/// that they still hold. A proof lasts as long as a vouch, so that a right taken away in one folder ends with it; who gets
/// something else from the origin is out at once, and whoever is served must be vouched for as always.
final class VerifiedShares: Sendable {
    /// Folders and forms remembered; past it all are forgotten, which costs each person a question.
    static let maximumGroups = 8_192
    static let maximumMembers = 1_024

    private struct Group {
        /// Of what its members got.
        var body: Hash128
        var life: EntryLife
        var generation: Generation
        /// Until when each one's own fetch counts as proof, monotonic milliseconds.
        var members: [PrincipalID: Int64]
    }

    private let prefixes: [[UInt8]]
    private let proofLife: Int64
    private let naming: FolderNaming
    private let groups = Mutex<[Hash128: Group]>([:])

    init(prefixes: [String], proofLife: Int64, naming: FolderNaming) {
        self.prefixes = prefixes.map { Array($0.utf8) }
        self.proofLife = proofLife
        self.naming = naming
    }

    private func isShared(_ key: CacheKey) -> Bool {
        !prefixes.isEmpty && key.principal != .anonymous && prefixes.contains { key.path.starts(with: $0) }
    }

    /// What is asked, whoever asks.
    private func name(_ key: CacheKey) -> Hash128 { naming.variant(key.moved(to: .anonymous).bytes) }

    private func digest(_ entry: Entry) -> Hash128 { entry.withBody { naming.variant($0) } }

    /// The origin has given this to its principal, or confirmed it for him.
    func proven(_ entry: Entry, now: Int64) {
        let key = entry.key
        guard isShared(key) else { return }
        let name = name(key)
        let body = digest(entry)
        groups.withLock { groups in
            if groups[name] == nil, groups.count >= Self.maximumGroups { groups.removeAll() }
            var group =
                groups[name] ?? Group(body: body, life: entry.life, generation: entry.generation, members: [:])
            if group.body != body {
                group = Group(body: body, life: entry.life, generation: entry.generation, members: [:])
            }
            if entry.life.receivedAt >= group.life.receivedAt {
                group.life = entry.life
                group.generation = entry.generation
            }
            if group.members.count >= Self.maximumMembers { group.members = group.members.filter { $0.value > now } }
            if group.members.count < Self.maximumMembers { group.members[key.principal] = now + proofLife }
            groups[name] = group
        }
    }

    /// The expired listing with a new life, when another who has proven to get the same has got it again since.
    ///
    /// - Parameter holds: whether what was filled at a generation still holds.
    func renewed(_ work: ListingWork, now: Int64, holds: (Generation) -> Bool) -> Entry? {
        guard isShared(work.key), work.reason == .expired, let stored = work.stored, work.mayRead(at: now) else {
            return nil
        }
        let name = name(work.key)
        let group = groups.withLock { $0[name] }
        guard let group, group.members[work.key.principal, default: 0] > now, group.life.freshUntil > now,
            group.life.receivedAt > stored.life.receivedAt, group.body == digest(stored), holds(group.generation)
        else { return nil }
        return stored.living(group.life)
    }
}
