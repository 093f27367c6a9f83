import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleTelemetry
import Synchronization

/// What a fill brought, the same for everyone who waited for it.
enum FillResult: Sendable {
    /// A listing that may be served from now on; from which tier it came.
    case entry(Entry, tier: Tier, stored: Bool, revalidated: Bool)
    /// A complete answer that is not kept. Others than the one who asked may only have it when `shareable`.
    case response(FillResponse, reason: Reason, shareable: Bool)
    /// Too large to gather: it streams to the one who asked; the others ask for themselves.
    case streamed
    case failed(OriginFailure)
}

/// A complete answer of the origin, gathered.
struct FillResponse: Sendable {
    var status: Int
    var reason: String
    var fields: HTTPHeaders
    var body: ByteBuffer
}

/// A fill in flight as others see it.
final class FillHandle: Sendable {
    let generation: Generation
    let folder: FolderID
    /// Monotonic milliseconds.
    let beganAt: Int64
    let future: EventLoopFuture<FillResult>
    /// Whether only a prefetch wants it so far.
    let isPrefetch: Atomic<Bool>

    init(
        generation: Generation, folder: FolderID, beganAt: Int64, future: EventLoopFuture<FillResult>, isPrefetch: Bool
    ) {
        self.generation = generation
        self.folder = folder
        self.beganAt = beganAt
        self.future = future
        self.isPrefetch = Atomic(isPrefetch)
    }
}

/// The fills in flight of this riffle: concurrent misses of one key become one origin call.
///
/// A fill that began before the last invalidation of its folder is not joined any more: who asks after a write must not
/// get what was read before it.
final class Fills: Sendable {
    private let running = Mutex<[CacheKey: FillHandle]>([:])
    private let trust: FleetTrust

    init(trust: FleetTrust) {
        self.trust = trust
    }

    var count: Int { running.withLock { $0.count } }

    enum Place {
        case joined(FillHandle)
        case leads(FillHandle)
    }

    /// Joins the fill of `key` or takes the lead of a new one.
    ///
    /// - Parameter make: called under the lock to describe the new fill; must not call back.
    func enter(
        _ key: CacheKey, mayJoin: Bool, now: Int64, lineage: () -> [FolderID], make: () -> FillHandle
    ) -> Place {
        let running = self.running.withLock { $0[key] }
        if mayJoin, let running, trust.mayJoin(asked: running.beganAt, now: now),
            trust.generations.holds(running.generation, folder: running.folder, lineage: lineage)
        {
            return .joined(running)
        }
        let handle = make()
        return self.running.withLock { table in
            // Another loop may have been faster; its fill began after the check above and is as good.
            if mayJoin, let other = table[key], other !== running { return .joined(other) }
            table[key] = handle
            return .leads(handle)
        }
    }

    func finished(_ key: CacheKey, _ handle: FillHandle) {
        running.withLock { table in
            if table[key] === handle { table[key] = nil }
        }
    }
}
