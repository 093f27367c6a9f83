/// How far a source of changes can be trusted now: a pure machine over what the source says and how long it is silent.
///
/// It begins `down`: until the source has said once that it works, nothing relies on it.
package struct FeedState: Sendable {
    package enum Health: String, Sendable, CaseIterable {
        /// What changes at the origin is known within ``Limits/lag``.
        case healthy
        /// News comes, but late, or has not come for a while.
        case lagging
        /// No news can be expected.
        case down
    }

    package struct Limits: Sendable {
        /// Older news than this, in milliseconds, is late.
        package var lag: Int64
        /// A source that says nothing for so long lags, and for three times as long is down; nil when silence says nothing.
        package var silence: Int64?
        /// Failures in a row after which it is down.
        package var failures: Int

        package init(lag: Int64 = 60_000, silence: Int64? = 90_000, failures: Int = 3) {
            self.lag = lag
            self.silence = silence
            self.failures = failures
        }
    }

    package let limits: Limits
    package private(set) var health = Health.down
    /// When all that had happened at the origin was last known, in the clock of the caller; nil before that.
    package private(set) var knownUntil: Int64?
    private var heardAt: Int64 = 0
    private var failed = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// The source spoke: all that happened until `lag` milliseconds ago is known.
    ///
    /// - Returns: the health it has now, when that is another one.
    package mutating func heard(at now: Int64, lag: Int64 = 0) -> Health? {
        failed = 0
        heardAt = now
        knownUntil = now - max(0, lag)
        return become(lag <= limits.lag ? .healthy : .lagging)
    }

    /// The source could not be asked, or said what can't be understood.
    package mutating func failed(at now: Int64) -> Health? {
        failed += 1
        return become(failed >= limits.failures ? .down : min(health, .lagging))
    }

    /// Time has passed.
    package mutating func tick(at now: Int64) -> Health? {
        guard health != .down, let silence = limits.silence else { return nil }
        let quiet = now - heardAt
        if quiet > 3 * silence { return become(.down) }
        return quiet > silence ? become(.lagging) : nil
    }

    private mutating func become(_ next: Health) -> Health? {
        guard next != health else { return nil }
        health = next
        return next
    }

    private func min(_ left: Health, _ right: Health) -> Health {
        left.rank < right.rank ? left : right
    }
}

extension FeedState.Health {
    fileprivate var rank: Int {
        switch self {
        case .down: 0
        case .lagging: 1
        case .healthy: 2
        }
    }
}
