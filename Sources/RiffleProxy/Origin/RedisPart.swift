import NIOCore
import RiffleCache
import RiffleRedis

/// What one fill does with Redis: every step shares one budget of time, so that a slow Redis costs it once. Confined to
/// its loop.
final class RedisPart {
    private let tier: RedisTier
    private let gateway: Gateway
    private let key: CacheKey
    private let hash: UInt64
    private let folder: FolderID
    private let entry: EntryID
    private let loop: any EventLoop
    private var deadline: NIODeadline
    private var token: LeaseToken?

    init(tier: RedisTier, work: ListingWork, folder: FolderID, gateway: Gateway, loop: any EventLoop) {
        self.tier = tier
        self.gateway = gateway
        self.folder = folder
        self.loop = loop
        key = work.key
        hash = work.hash
        entry = gateway.naming.entry(work.key)
        deadline = gateway.redisDeadline()
    }

    /// A new budget: for each look while another riffle holds the lease, because that wait is the origin's, not Redis's.
    func renewBudget() {
        deadline = gateway.redisDeadline()
    }

    func read(generation: Generation) -> EventLoopFuture<RedisRead> {
        let naming = gateway.naming
        let path = Array(key.path)
        return tier.read(
            key, folder: folder, entry: entry, lineage: { naming.lineage(path) }, hash: hash,
            localGeneration: generation, on: loop, deadline: deadline)
    }

    func lease() -> EventLoopFuture<RedisLease> {
        tier.lease(folder: folder, entry: entry, on: loop, deadline: deadline)
    }

    func leased(_ token: LeaseToken) {
        self.token = token
    }

    /// Stores the entry where no write came between, and gives the lease back.
    func store(_ stored: Entry) {
        guard let token else { return }
        self.token = nil
        tier.store(stored, entryID: entry, lease: token, on: loop)
    }

    /// Gives the lease back when nothing was stored.
    func release() {
        guard let token else { return }
        self.token = nil
        tier.release(token, on: loop)
    }
}
