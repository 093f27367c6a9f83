import Glibc
import NIOCore
import Synchronization

/// The first tier: listings in this process, within a limit in bytes, sharded by hash so that event loops seldom meet.
///
/// A full tier is a miss, never an error. It knows nothing of freshness or generations: the caller decides whether what
/// it finds may be served.
package final class MemoryTier: Sendable {

    /// Told of each entry that left unasked, outside every lock.
    package typealias Displaced = @Sendable (Entry) -> Void

    private let shards: [ShardBox]
    private let onDisplaced: Displaced
    private let tenants: TenantAccounts
    package let limit: Int
    /// Where entries take their large bodies from.
    package let bodies = BodyPool()

    private final class ShardBox: Sendable {
        let state: Mutex<Shard>
        init(limit: Int, tenants: TenantAccounts) { state = Mutex(Shard(limit: limit, tenants: tenants)) }
    }

    package static let leastPerShard = 4_096

    deinit {
        // Bodies and their owners hold each other.
        removeAll()
    }

    /// - Parameters:
    ///   - limit: bytes for all entries together, at least ``leastPerShard`` for each shard.
    ///   - shards: a power of two; the default fits up to 16 event loops.
    ///   - tenants: parts of the tree with bounds of their own, at most ``mostTenants``; their floors together are within
    ///     the limit.
    package init(
        limit: Int, shards: Int = 16, tenants: [Tenant] = [], onDisplaced: @escaping Displaced = { _ in }
    ) {
        self.limit = max(limit, Self.leastPerShard * shards)
        self.onDisplaced = onDisplaced
        let accounts = TenantAccounts(tenants)
        self.tenants = accounts
        let share = self.limit / shards
        self.shards = (0..<shards).map { _ in ShardBox(limit: share, tenants: accounts) }
    }

    package static var mostTenants: Int { TenantAccounts.most }

    /// The largest entry that can be stored, in bytes of ``Entry/cost``.
    package var largestEntry: Int { limit / shards.count }

    /// Hash of a full key under this process's random seed; a client can't aim at one shard or cell.
    @inline(__always)
    package static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: key)
        return UInt64(truncatingIfNeeded: Int64(hasher.finalize()))
    }

    /// The entry stored under exactly these key bytes, counted as a use of it. Expected O(1) and one short lock.
    @inline(__always)
    package func find(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Entry? {
        shard(hash).state.withLock { $0.find(hash, key) }
    }

    /// The entry stored under these key bytes, left where it is: for those who only look.
    package func peek(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Entry? {
        shard(hash).state.withLock { $0.peek(hash, key) }
    }

    /// The entry stored that `entry` is the plain copy of, or else `entry` itself.
    package func original(of entry: Entry) -> Entry {
        guard !entry.holdsGzip else { return entry }
        let stored = entry.withKey { peek($0, hash: entry.hash) }
        return stored?.plain === entry ? stored ?? entry : entry
    }

    package func wasEvicted(hash: UInt64) -> Bool {
        shard(hash).state.withLock { $0.wasEvicted(hash) }
    }

    /// - Returns: false when the entry is too large for its shard or worth less than what it would push out; one with the
    ///   same key is gone all the same.
    @discardableResult
    package func insert(_ entry: Entry) -> Bool {
        entry.storedBody?.join(entry)
        let tenant = tenants.isEmpty ? 0 : entry.withPath { tenants.number(ofPath: $0) }
        var (outcome, left) = shard(entry.hash).state.withLock { $0.insert(entry, tenant: tenant) }
        if outcome == .fullElsewhere {
            left += makeRoom(entry.charge, belowCeilingOf: tenant)
            let (second, more) = shard(entry.hash).state.withLock { $0.insert(entry, tenant: tenant) }
            outcome = second
            left += more
        }
        left.removeAll { $0 === entry }
        for old in left { onDisplaced(old) }
        if outcome != .stored { left.append(entry) }
        settle(left)
        return outcome == .stored
    }

    /// A tenant's ceiling counts in all shards: where the newcomer's holds nothing of it, others give way.
    private func makeRoom(_ bytes: Int, belowCeilingOf tenant: UInt8) -> [Entry] {
        shards.flatMap { shard in shard.state.withLock { $0.makeRoom(bytes, belowCeilingOf: tenant) } }
    }

    package func remove(_ entry: Entry) {
        guard shard(entry.hash).state.withLock({ $0.remove(entry) }) else { return }
        onDisplaced(entry)
        settle([entry])
    }

    package func removeAll() {
        for shard in shards { settle(shard.state.withLock { $0.removeAll() }) }
    }

    /// The body as it is stored apart from its head, where it is large enough for that.
    package func stored(_ body: ByteBuffer) -> StoredBody? {
        body.readableBytes > Entry.largestInlineBody ? bodies.body(body) : nil
    }

    /// Lets others pay for the bodies of entries that have left; that may push out more.
    private func settle(_ entries: [Entry]) {
        var pushedOut: [Entry] = []
        for entry in entries { passOnBody(of: entry, pushedOut: &pushedOut) }
        while let entry = pushedOut.popLast() { passOnBody(of: entry, pushedOut: &pushedOut) }
    }

    private func passOnBody(of entry: Entry, pushedOut: inout [Entry]) {
        guard let heir = entry.storedBody?.leave(entry) else { return }
        let more = shard(heir.hash).state.withLock { $0.charge(heir) }
        for old in more { onDisplaced(old) }
        pushedOut += more
    }

    /// Visits every entry, a shard at a time under its lock: for inspection, O(n).
    package func forEach(_ body: (Entry) -> Void) {
        for shard in shards { shard.state.withLock { $0.forEach(body) } }
    }

    package struct Figures: Sendable, Equatable {
        package var entries = 0
        package var bytes = 0
        package var evictions = 0
        /// What equal bodies would take beyond ``bytes`` if each were kept for itself.
        package var saved = 0
    }

    package var figures: Figures {
        shards.reduce(into: Figures()) { sum, shard in
            shard.state.withLock {
                sum.entries += $0.count
                sum.bytes += $0.bytes
                sum.evictions += $0.evictions
                sum.saved += $0.saved
            }
        }
    }

    package struct TenantFigures: Sendable, Equatable {
        package let tenant: Tenant
        package let bytes: Int
        package let evictions: Int
    }

    /// In the order they were given.
    package var tenantFigures: [TenantFigures] {
        tenants.named.map { TenantFigures(tenant: $0.tenant, bytes: $0.bytes, evictions: $0.evictions) }
    }

    @inline(__always)
    private func shard(_ hash: UInt64) -> ShardBox {
        // The low bits pick the cell inside the shard.
        shards[Int(truncatingIfNeeded: hash >> 48) & (shards.count - 1)]
    }
}

extension UnsafeRawBufferPointer {
    /// Equality of two buffers of the same length by the C library's vectorised compare.
    @inline(__always)
    func elementsEqualFast(_ other: UnsafeRawBufferPointer) -> Bool {
        guard let left = baseAddress, let right = other.baseAddress else { return isEmpty && other.isEmpty }
        return memcmp(left, right, count) == 0
    }
}
