import NIOHTTP1

/// What a client asks of a cache (RFC 9111 §5.2.1), with `Pragma` where there is no `Cache-Control` (§5.4).
///
/// A malformed limit counts as the strictest one, a malformed `max-stale` as none.
package struct RequestCacheControl: Sendable, Equatable {
    package enum MaxStale: Sendable, Equatable {
        case any
        case seconds(Int)
    }

    package var noCache = false
    package var noStore = false
    package var noTransform = false
    package var onlyIfCached = false
    /// Seconds.
    package var maxAge: Int?
    /// Seconds.
    package var minFresh: Int?
    package var maxStale: MaxStale?
    /// Seconds (RFC 5861 §4).
    package var staleIfError: Int?

    package init() {}

    package init(_ fields: HTTPHeaders) {
        let lines = fields["cache-control"]
        guard !lines.isEmpty else {
            noCache = FieldText.members(fields["pragma"]).contains { FieldText.equal($0, "no-cache") }
            return
        }
        for directive in Directive.list(lines) { apply(directive) }
    }

    private mutating func apply(_ directive: Directive) {
        switch directive.name {
        case "no-cache": noCache = true
        case "no-store": noStore = true
        case "no-transform": noTransform = true
        case "only-if-cached": onlyIfCached = true
        case "max-age":
            let seconds = directive.seconds ?? 0
            maxAge = min(maxAge ?? seconds, seconds)
        case "min-fresh":
            let seconds = directive.seconds ?? 1 << 31
            minFresh = max(minFresh ?? seconds, seconds)
        case "max-stale": apply(maxStale: directive)
        case "stale-if-error":
            let seconds = directive.seconds ?? 0
            staleIfError = min(staleIfError ?? seconds, seconds)
        default: break
        }
    }

    private mutating func apply(maxStale directive: Directive) {
        switch (maxStale, directive.argument, directive.seconds) {
        case (nil, .none, _): maxStale = .any
        case (nil, _, let seconds?), (.any, _, let seconds?): maxStale = .seconds(seconds)
        case (.seconds(let known), _, let seconds?): maxStale = .seconds(min(known, seconds))
        default: break
        }
    }
}
