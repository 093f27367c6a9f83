// Dense numbers for the closed sets, so that counters are flat arrays. A string-backed enum offers none of its own, and
// `allCases.firstIndex` walks; these switches compile to the case's tag.

extension Outcome {
    /// Position in `allCases`.
    @inlinable
    package var index: Int {
        switch self {
        case .hit: 0
        case .stale: 1
        case .revalidated: 2
        case .collapsed: 3
        case .derived: 4
        case .miss: 5
        case .bypass: 6
        case .write: 7
        case .error: 8
        }
    }
}

extension Tier {
    /// Position in `allCases`.
    @inlinable
    package var index: Int {
        switch self {
        case .memory: 0
        case .redis: 1
        case .origin: 2
        }
    }
}

extension Reason {
    /// Position in `allCases`.
    @inlinable
    package var index: Int {
        switch self {
        case .cold: 0
        case .expired: 1
        case .evicted: 2
        case .invalidated: 3
        case .generation: 4
        case .vary: 5
        case .unvouched: 6
        case .clientNoCache: 7
        case .notAListing: 8
        case .method: 9
        case .clientNoStore: 10
        case .onlyIfCached: 11
        case .ambiguousPath: 12
        case .connectionCredential: 13
        case .conditional: 14
        case .range: 15
        case .largeRequestBody: 16
        case .disabled: 17
        case .uncacheableResponse: 18
        case .tooLarge: 19
        case .incomplete: 20
        case .unconfirmed: 21
        case .setCookie: 22
        case .redisTimeout: 23
        case .redisDown: 24
        case .redisCorrupt: 25
        case .originUnreachable: 26
        case .originTimeout: 27
        case .originBroken: 28
        case .badRequest: 29
        case .overload: 30
        }
    }
}
