import RiffleTelemetry

/// `Cache-Status` (RFC 9211) of answers that did not come out of memory: built once per origin call, so plain strings do.
enum StatusField {
    static let name = "Cache-Status"

    /// The origin answered, or was asked in vain (`status` nil).
    static func forwarded(_ verdict: Verdict, status: Int?, stored: Bool = false, ttl: Int64? = nil) -> String {
        var value = "riffle; fwd=\(forwardCause(verdict))"
        if let status { value += "; fwd-status=\(status)" }
        if stored { value += "; stored" }
        if verdict.outcome == .collapsed { value += "; collapsed" }
        if let ttl { value += "; ttl=\(ttl)" }
        return value + "; detail=\(detail(verdict))"
    }

    /// Answered out of another listing, which stays fresh for `ttl` milliseconds.
    static func derived(ttl: Int64) -> String {
        "riffle; hit; ttl=\(ttl / 1_000); detail=\(Outcome.derived.rawValue)"
    }

    /// Put together from answers in memory, the first of which ends in `ttl` milliseconds.
    static func memory(ttl: Int64) -> String {
        "riffle; hit; ttl=\(ttl / 1_000); detail=\(Tier.memory.rawValue)"
    }

    private static func forwardCause(_ verdict: Verdict) -> String {
        switch verdict.outcome {
        case .write: return "method"
        case .bypass: return "bypass"
        case .revalidated: return "stale"
        default: break
        }
        return switch verdict.reason {
        case .expired: "stale"
        case .vary: "vary-miss"
        case .clientNoCache: "request"
        default: "uri-miss"
        }
    }

    private static func detail(_ verdict: Verdict) -> String {
        verdict.reason?.rawValue ?? verdict.outcome.rawValue
    }
}
