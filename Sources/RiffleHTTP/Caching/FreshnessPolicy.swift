/// What the operator allows beyond what a response says of itself; one per route.
package struct FreshnessPolicy: Sendable, Equatable {
    /// Milliseconds a listing is fresh whose response says nothing about freshness; 0 for none.
    package var defaultTTL: Int
    /// Ceiling in milliseconds of heuristic freshness (RFC 9111 §4.2.2); nil: none is ever guessed.
    package var heuristicTTL: Int?
    /// Ceiling in milliseconds of serving stale while revalidating.
    package var staleWhileRevalidate: Int
    /// Ceiling in milliseconds of serving stale when the origin fails.
    package var staleIfError: Int
    /// Ceiling in milliseconds of a stale window that a response or a client asks for itself, where it is above the two
    /// before; never below what the operator allows at all.
    package var declaredStale: Int
    /// Ceiling in milliseconds of any freshness lifetime.
    package var maximumTTL: Int
    /// Whether the stale ceilings apply where a response says nothing about staleness; for listings they always do.
    package var staleUnasked: Bool
    /// Refuse `private` even in the partition of one credential.
    package var honourPrivate: Bool

    package init(
        defaultTTL: Int = 60_000, heuristicTTL: Int? = nil, staleWhileRevalidate: Int = 0, staleIfError: Int = 0,
        declaredStale: Int = 0, maximumTTL: Int = 86_400_000 * 365, staleUnasked: Bool = false,
        honourPrivate: Bool = false
    ) {
        self.defaultTTL = defaultTTL
        self.heuristicTTL = heuristicTTL
        self.staleWhileRevalidate = staleWhileRevalidate
        self.staleIfError = staleIfError
        self.declaredStale = declaredStale
        self.maximumTTL = maximumTTL
        self.staleUnasked = staleUnasked
        self.honourPrivate = honourPrivate
    }
}
