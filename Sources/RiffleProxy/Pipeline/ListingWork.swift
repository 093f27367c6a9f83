import RiffleCache
import RiffleListings
import RiffleTelemetry

/// A request for a listing that memory could not answer: what the pipeline must know of it.
struct ListingWork: Sendable {
    let key: CacheKey
    let hash: UInt64
    let dialect: Dialect
    let credential: Credential
    /// Why memory did not answer.
    let reason: Reason
    /// What memory holds, past its freshness or unusable as it is.
    let stored: Entry?
    var onlyIfCached = false
    /// The page chain that the request goes on with.
    var chain: PageChain?
    /// Whether Redis may answer: not when the origin's present answer is wanted.
    var readsRedis = true
    /// The client wants the origin's present answer.
    var forcesRefresh: Bool { reason == .clientNoCache }
}
