/// What became of one request: the closed set of words used in `Cache-Status`, log, metric, trace and CLI alike.
package enum Outcome: String, CaseIterable, Sendable, Codable {
    /// Answered from a fresh entry of the tier named beside it.
    case hit
    /// Answered from an entry past its freshness, within the configured stale ceiling.
    case stale
    /// The origin confirmed a stored entry (304) and the entry answered.
    case revalidated
    /// Joined a fill that another request had begun.
    case collapsed
    /// Answered from another, wider listing.
    case derived
    /// The origin was asked and the answer may have been stored.
    case miss
    /// The request was never a matter for the cache.
    case bypass
    /// A request that may change a folder.
    case write
    /// No useful answer could be had.
    case error
}

/// Where the answer came from.
package enum Tier: String, CaseIterable, Sendable, Codable {
    case memory
    case redis
    case origin
}

/// Why a request was a `miss` or a `bypass`; one spelling each, the same wherever it is shown.
package enum Reason: String, CaseIterable, Sendable, Codable {
    // Misses.
    case cold
    case expired
    case evicted
    case invalidated
    case generation
    case vary
    case unvouched
    case clientNoCache = "client-no-cache"
    // The request is none the cache answers.
    case notAListing = "not-a-listing"
    case method
    case clientNoStore = "client-no-store"
    case onlyIfCached = "only-if-cached"
    case ambiguousPath = "ambiguous-path"
    case connectionCredential = "connection-credential"
    case conditional
    case range
    case largeRequestBody = "large-request-body"
    case disabled
    // The response is none the cache keeps.
    case uncacheableResponse = "uncacheable-response"
    case tooLarge = "too-large"
    case incomplete
    case unconfirmed
    case setCookie = "set-cookie"
    // Redis did not help.
    case redisTimeout = "redis-timeout"
    case redisDown = "redis-down"
    case redisCorrupt = "redis-corrupt"
    // The origin or riffle could not answer.
    case originUnreachable = "origin-unreachable"
    case originTimeout = "origin-timeout"
    case originBroken = "origin-broken"
    case badRequest = "bad-request"
    case overload
}

/// The outcome of one request with all that is said beside it.
package struct Verdict: Sendable, Equatable {
    package var outcome: Outcome
    package var tier: Tier
    package var reason: Reason?
    /// Whether a prefetch had brought the entry that answered.
    package var prefetched: Bool

    @inlinable
    package init(_ outcome: Outcome, tier: Tier = .origin, reason: Reason? = nil, prefetched: Bool = false) {
        self.outcome = outcome
        self.tier = tier
        self.reason = reason
        self.prefetched = prefetched
    }
}
