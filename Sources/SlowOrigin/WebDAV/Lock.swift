/// One write lock (RFC 4918 §6).
struct Lock: Sendable, Equatable {
    let token: String
    let root: ResourcePath
    let isFolder: Bool
    let isDeep: Bool
    let isExclusive: Bool
    /// The `owner` element as XML, as the client gave it.
    let owner: String
    let principal: String
    var timeout: Int
    /// Seconds on the server's monotonic clock.
    var expires: Int

    func covers(_ path: ResourcePath) -> Bool {
        root.isSamePlace(as: path) || isDeep && root.contains(path)
    }

    var activeLock: String {
        "<D:activelock><D:locktype><D:write/></D:locktype>"
            + "<D:lockscope><D:\(isExclusive ? "exclusive" : "shared")/></D:lockscope>"
            + "<D:depth>\(isDeep ? "infinity" : "0")</D:depth>\(owner)<D:timeout>Second-\(timeout)</D:timeout>"
            + "<D:locktoken><D:href>\(token)</D:href></D:locktoken>"
            + "<D:lockroot><D:href>\(root.href(isFolder: isFolder))</D:href></D:lockroot></D:activelock>"
    }
}

/// All locks, as a pure value: time comes in, answers come out.
struct LockTable: Sendable {
    static let most = 10_000
    static let defaultTimeout = 3_600
    static let longestTimeout = 86_400

    private(set) var locks: [Lock] = []

    mutating func expire(now: Int) {
        locks.removeAll { $0.expires <= now }
    }

    func covering(_ path: ResourcePath) -> [Lock] {
        locks.isEmpty ? [] : locks.filter { $0.covers(path) }
    }

    /// What stands against a new lock.
    func conflicts(with wanted: Lock) -> Bool {
        locks.contains { lock in
            let overlaps = lock.covers(wanted.root) || wanted.covers(lock.root)
            return overlaps && (lock.isExclusive || wanted.isExclusive)
        }
    }

    /// False when the table is full.
    mutating func add(_ lock: Lock) -> Bool {
        guard locks.count < Self.most else { return false }
        locks.append(lock)
        return true
    }

    mutating func refresh(token: String, at path: ResourcePath, timeout: Int, now: Int) -> Lock? {
        guard let index = locks.firstIndex(where: { $0.token == token && $0.covers(path) }) else { return nil }
        locks[index].timeout = timeout
        locks[index].expires = now + timeout
        return locks[index]
    }

    /// False if no lock of this token covers the place.
    mutating func remove(token: String, at path: ResourcePath, by principal: String) -> Bool {
        let before = locks.count
        locks.removeAll { $0.token == token && $0.covers(path) && $0.principal == principal }
        return locks.count < before
    }

    mutating func removeAll(under path: ResourcePath) {
        locks.removeAll { path.contains($0.root) }
    }

    /// Whether a change is barred: each locked place it touches needs one of its locks' tokens (§7).
    /// - Parameters:
    ///   - deeply: everything below is touched too.
    ///   - membership: the place appears in or vanishes from its parent.
    func bars(
        _ path: ResourcePath, deeply: Bool, membership: Bool, tokens: Set<String>, principal: String
    ) -> Bool {
        guard !locks.isEmpty else { return false }
        func isBarred(_ relevant: [Lock]) -> Bool {
            !relevant.isEmpty && !relevant.contains { tokens.contains($0.token) && $0.principal == principal }
        }
        if isBarred(covering(path)) { return true }
        if membership, !path.isRoot, isBarred(covering(path.parent)) { return true }
        guard deeply else { return false }
        let below = Set(locks.filter { path.contains($0.root) }.map(\.root.segments))
        return below.contains { isBarred(covering(ResourcePath(segments: $0, isSlashed: false))) }
    }
}
