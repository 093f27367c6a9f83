/// What may be done with a stored response for one request (RFC 9111 §4.2, §5.2.1, RFC 5861).
package enum ReuseDecision: Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        /// Past its freshness.
        case expired
        /// The client's directives ask for more than the response has.
        case client
    }

    /// Answer from it.
    case fresh
    /// Answer from it and revalidate behind the answer.
    case staleWhileRevalidate
    /// Answer from it: the client accepts staleness of that degree.
    case staleAllowed
    /// Ask the origin before answering.
    case revalidate(Cause)
    /// The client wants no request to the origin: 504 (RFC 9111 §5.2.1.7).
    case gatewayTimeout
}

package enum Reuse {
    /// - Parameter elapsed: milliseconds since the response was received, on a monotonic clock.
    package static func decide(_ request: RequestCacheControl, _ lifetime: Lifetime, elapsed: Int) -> ReuseDecision {
        let decision = unbound(request, lifetime, elapsed: elapsed)
        guard request.onlyIfCached, case .revalidate = decision else { return decision }
        return .gatewayTimeout
    }

    /// What a request without a stored response gets without asking the origin; nil: ask it.
    package static func decideWithoutStored(_ request: RequestCacheControl) -> ReuseDecision? {
        request.onlyIfCached ? .gatewayTimeout : nil
    }

    /// Whether the stored response may stand in for an origin that fails: no connection, time-out, or 500, 502, 503,
    /// 504 (RFC 5861 §4). Never for 401 and 403, which are answers.
    package static func answersError(_ request: RequestCacheControl, _ lifetime: Lifetime, elapsed: Int) -> Bool {
        let remaining = lifetime.remaining(elapsed: elapsed)
        guard !lifetime.mustRevalidate, !request.noCache else { return false }
        if remaining > 0 { return true }
        // The client may narrow the window, never widen it.
        let window = min(lifetime.staleIfError, request.staleIfError.map { $0 * 1000 } ?? .max)
        return -remaining <= window && window > 0
    }

    /// Whether a status of the origin counts as its failure for `stale-if-error`.
    package static func isError(_ status: Int) -> Bool {
        status == 500 || (502...504).contains(status)
    }

    private static func unbound(_ request: RequestCacheControl, _ lifetime: Lifetime, elapsed: Int) -> ReuseDecision {
        if request.noCache { return .revalidate(.client) }
        let remaining = lifetime.remaining(elapsed: elapsed)
        // In milliseconds: whole seconds of age would round a fraction over the limit down to it.
        if let maxAge = request.maxAge, max(0, elapsed) > (maxAge - lifetime.initialAge) * 1000 || maxAge == 0 {
            return .revalidate(.client)
        }
        if let minFresh = request.minFresh, remaining < minFresh * 1000 { return .revalidate(.client) }
        if remaining > 0 { return .fresh }
        if lifetime.mustRevalidate { return .revalidate(.expired) }
        let staleness = -remaining
        if let maxStale = request.maxStale {
            // A client's wish never reaches beyond the operator's ceiling.
            let limit: Int =
                switch maxStale {
                case .any: lifetime.staleOnRequest
                case .seconds(let seconds): min(seconds * 1000, lifetime.staleOnRequest)
                }
            if limit > 0, staleness <= limit { return .staleAllowed }
        }
        // Without max-stale, max-age says the client takes nothing stale (RFC 9111 §5.2.1.1).
        guard request.maxAge == nil, lifetime.staleWhileRevalidate > 0, staleness <= lifetime.staleWhileRevalidate
        else { return .revalidate(.expired) }
        return .staleWhileRevalidate
    }
}
