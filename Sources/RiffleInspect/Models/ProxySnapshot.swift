/// Everything a running riffle says about itself at one moment. Holds no path but those of the configuration, no credential and no name of a user.
package struct ProxySnapshot: Codable, Sendable, Equatable {
    package var version = ""
    package var uptimeSeconds: Double = 0
    /// Scheme, host and base path; never user information.
    package var origin = OriginFigures()
    package var dialect = ""
    package var loops = 0
    package var connections = 0
    package var fillsInFlight = 0
    package var requests = RequestFigures()
    package var memory = MemoryFigures()
    package var redis = RedisFigures()
    package var prefetch = PrefetchFigures()
    /// Change feeds by name.
    package var feeds: [String: FeedFigures] = [:]
    /// What the canary found, by its word; empty while it is off.
    package var canary: [String: UInt64] = [:]

    package init() {}
}

package struct MemoryFigures: Codable, Sendable, Equatable {
    package var entries: Int
    package var bytes: Int
    package var limit: Int
    package var evictions: UInt64
    /// What bodies that several entries share would take besides if each were kept for itself.
    package var saved: Int
    /// In the order of the configuration.
    package var tenants: [TenantFigures]

    package init(
        entries: Int = 0, bytes: Int = 0, limit: Int = 0, evictions: UInt64 = 0, saved: Int = 0,
        tenants: [TenantFigures] = []
    ) {
        self.tenants = tenants
        self.saved = saved
        self.entries = entries
        self.bytes = bytes
        self.limit = limit
        self.evictions = evictions
    }
}

/// What a part of the tree with bounds of its own holds in memory.
package struct TenantFigures: Codable, Sendable, Equatable {
    package var path: String
    package var bytes: Int
    package var floor: Int
    /// Nil without one.
    package var ceiling: Int?
    package var evictions: UInt64

    package init(path: String, bytes: Int, floor: Int, ceiling: Int?, evictions: UInt64) {
        self.path = path
        self.bytes = bytes
        self.floor = floor
        self.ceiling = ceiling
        self.evictions = evictions
    }
}

package struct OriginFigures: Codable, Sendable, Equatable {
    /// Without user information.
    package var url: String
    package var calls: UInt64
    package var inFlight: Int
    package var failures: UInt64

    package init(url: String = "", calls: UInt64 = 0, inFlight: Int = 0, failures: UInt64 = 0) {
        self.url = url
        self.calls = calls
        self.inFlight = inFlight
        self.failures = failures
    }
}

package struct RedisFigures: Codable, Sendable, Equatable {
    package enum State: String, Codable, CaseIterable, Sendable {
        /// No Redis is configured.
        case none
        /// Connecting, not yet usable.
        case linking
        /// Usable.
        case linked
        /// The breaker is open: requests don't ask Redis.
        case open
        /// The breaker lets one probe through.
        case probing
    }

    package var state: State
    /// Where, without secrets: `redis://10.0.0.7:6379/0`.
    package var target: String
    /// Counters by name, lower case with underscores (`reads`, `read_hits`, `stores`, `timeouts`, ...): each becomes a
    /// metric label and a line of `cache-inspect stat`.
    package var numbers: [String: UInt64]

    package init(state: State = .none, target: String = "", numbers: [String: UInt64] = [:]) {
        self.state = state
        self.target = target
        self.numbers = numbers
    }
}

package struct PrefetchFigures: Codable, Sendable, Equatable {
    package var enabled: Bool
    package var issued: UInt64
    /// Prefetched entries that a person then opened.
    package var used: UInt64
    /// Prefetched entries that left unopened.
    package var wasted: UInt64
    package var skippedByBudget: UInt64
    package var inFlight: Int
    /// Prefetch calls ÷ demand calls to the origin, lately.
    package var extraShare: Double

    package init(
        enabled: Bool = false, issued: UInt64 = 0, used: UInt64 = 0, wasted: UInt64 = 0, skippedByBudget: UInt64 = 0,
        inFlight: Int = 0, extraShare: Double = 0
    ) {
        self.enabled = enabled
        self.issued = issued
        self.used = used
        self.wasted = wasted
        self.skippedByBudget = skippedByBudget
        self.inFlight = inFlight
        self.extraShare = extraShare
    }
}
