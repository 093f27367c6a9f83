/// How long one stored response may be used, counted from the moment its head was received (RFC 9111 §4.2).
///
/// Times that pass are milliseconds of a monotonic clock: a wall clock that jumps moves nothing.
package struct Lifetime: Sendable, Equatable {
    /// Milliseconds no window exceeds, as delta-seconds end at 2^31 (RFC 9111 §1.2.2); sums of them cannot overflow.
    package static let ceiling = 1000 << 31

    /// Milliseconds of freshness left on receipt; 0 for a response that is stale from the start.
    package var freshFor: Int
    /// The corrected initial age in seconds (RFC 9111 §4.2.3), on which the `Age` field counts up.
    package var initialAge: Int
    /// Milliseconds behind freshness in which the response answers while it is revalidated (RFC 5861 §3).
    package var staleWhileRevalidate: Int
    /// Milliseconds behind freshness in which the response answers when the origin fails (RFC 5861 §4).
    package var staleIfError: Int
    /// Milliseconds behind freshness in which a client may ask for it with `max-stale`.
    package var staleOnRequest: Int
    /// Never stale without the origin's word (RFC 9111 §5.2.2.2).
    package var mustRevalidate: Bool
    /// Fields that select the variant, in lower case and sorted (RFC 9111 §4.1).
    package var varyNames: [String]
    /// Fields that must not be stored: `no-cache` or `private` names them (RFC 9111 §5.2.2.4, §5.2.2.7).
    package var omittedFields: [String]

    package init(
        freshFor: Int, initialAge: Int = 0, staleWhileRevalidate: Int = 0, staleIfError: Int = 0,
        staleOnRequest: Int = 0, mustRevalidate: Bool = false, varyNames: [String] = [], omittedFields: [String] = []
    ) {
        self.freshFor = Self.bounded(freshFor)
        self.initialAge = min(max(0, initialAge), Self.ceiling / 1000)
        self.staleWhileRevalidate = Self.bounded(staleWhileRevalidate)
        self.staleIfError = Self.bounded(staleIfError)
        self.staleOnRequest = Self.bounded(staleOnRequest)
        self.mustRevalidate = mustRevalidate
        self.varyNames = varyNames
        self.omittedFields = omittedFields
    }

    private static func bounded(_ milliseconds: Int) -> Int {
        min(max(0, milliseconds), ceiling)
    }

    /// Milliseconds of freshness left; negative is staleness.
    package func remaining(elapsed: Int) -> Int {
        freshFor - max(0, elapsed)
    }

    /// The value of the `Age` field, in seconds (RFC 9111 §5.1).
    package func age(elapsed: Int) -> Int {
        min(1 << 31, initialAge + max(0, elapsed) / 1000)
    }

    /// Milliseconds after receipt behind which nothing can use the response, except a revalidation that confirms it.
    package var usableFor: Int {
        freshFor + max(staleWhileRevalidate, staleIfError, staleOnRequest)
    }
}
