import RiffleCache
import RiffleListings
import RiffleTelemetry

/// A request for a listing that memory could not answer: what the pipeline must know of it.
struct ListingWork: Sendable {
    private(set) var key: CacheKey
    private(set) var hash: UInt64
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

    /// Whether what is stored for its principal may be served to its credential now.
    func mayRead(at now: Int64) -> Bool { credential.mayRead(key.principal, at: now) }

    /// The same under the name the credential has now.
    func placed(at now: Int64) -> ListingWork {
        let principal = credential.principal(at: now)
        guard principal != key.principal else { return self }
        var work = self
        work.key = key.moved(to: principal)
        work.hash = work.key.bytes.withUnsafeBytes { MemoryTier.hash($0) }
        return work
    }

    /// What is asked, whoever asks.
    var target: UInt64 {
        key.moved(to: .anonymous).bytes.withUnsafeBytes { MemoryTier.hash($0) }
    }
}
