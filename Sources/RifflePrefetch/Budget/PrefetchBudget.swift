/// How many origin calls prefetch may make, and when: a share of what people cause, a few at a time, behind all demand,
/// and none while the origin throttles.
///
/// Each origin call that people cause, or would have caused without prefetch, pays ``share`` of a call into a bucket; a
/// prefetch takes one out, and one that somebody used puts it back, for it replaced a call. So calls with prefetch never
/// exceed calls without it by more than the share and one bucket.
package struct PrefetchBudget: Sendable {
    package struct Limits: Sendable {
        /// Extra origin calls allowed for each call that people cause.
        package var share = 0.2
        /// Prefetches in flight at once.
        package var atOnce = 4
        /// Calls the bucket holds: the largest burst.
        package var burst = 32.0
        /// No prefetch starts while more demand calls than this are in flight.
        package var demandInFlight = 2
        /// How long a throttling answer without `Retry-After` silences prefetch, milliseconds.
        package var defaultPause: Int64 = 30_000
        /// No `Retry-After` silences it longer, milliseconds.
        package var longestPause: Int64 = 3_600_000

        package init() {}
    }

    /// What became of a prefetch.
    package enum Outcome: Sendable, Equatable {
        case stored
        /// Fetched in vain or not at all: the call is spent.
        case failed
        /// 429 or 503; the moment until which the origin wants silence, if it said so.
        case throttled(until: Int64?)
    }

    private let limits: Limits
    private var tokens: Double
    private var pausedUntil: Int64 = .min
    package private(set) var inFlight = 0
    private var bar: ProbabilityBar

    package init(limits: Limits = Limits()) {
        self.limits = limits
        tokens = limits.burst / 2
        bar = ProbabilityBar()
    }

    /// The least probability worth a call now: rises as the bucket empties.
    package var leastProbability: Double { bar.value }

    /// People caused an origin call.
    package mutating func demand(at time: Int64) {
        earn(limits.share)
    }

    /// Somebody opened for the first time what prefetch had brought: a call that people would have caused.
    package mutating func used(at time: Int64) {
        earn(1 + limits.share)
    }

    private mutating func earn(_ amount: Double) {
        tokens = min(limits.burst, tokens + amount)
        bar.adjust(level: tokens / limits.burst)
    }

    /// - Parameter demandInFlight: origin calls people wait for now, those queued included.
    package func mayStart(at time: Int64, demandInFlight: Int) -> Bool {
        time >= pausedUntil && inFlight < limits.atOnce && tokens >= 1 && demandInFlight <= limits.demandInFlight
    }

    package mutating func started() {
        inFlight += 1
        tokens -= 1
    }

    /// What ``started`` took turned out not to be needed.
    package mutating func giveBack() {
        inFlight = max(0, inFlight - 1)
        tokens = min(limits.burst, tokens + 1)
    }

    package mutating func finished(_ outcome: Outcome, at time: Int64) {
        inFlight = max(0, inFlight - 1)
        if case .throttled(let until) = outcome { throttled(until: until, at: time) }
    }

    /// The origin answered 429 or 503, to whomever.
    package mutating func throttled(until: Int64?, at time: Int64) {
        let end = min(until ?? time + limits.defaultPause, time + limits.longestPause)
        pausedUntil = max(pausedUntil, end)
    }
}
