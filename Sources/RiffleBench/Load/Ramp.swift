/// Looks for the knee: the highest rate a server keeps up with. Rates rise by a factor until one is too much, then the gap
/// between the last good and the first bad one is halved a few times. Decides only; who measures is another's business.
package struct Ramp: Sendable {
    /// What one step measured, as far as it matters here.
    package struct Step: Codable, Sendable, Equatable {
        package var planned: Double
        package var answered: Double
        /// Microseconds from the planned send time.
        package var p50: Double
        package var p99: Double
        package var errors: UInt64
        package var verdict: Verdict

        package init(_ report: RunReport, planned: Double, limit: Double?) {
            self.planned = planned
            answered = report.rate
            let figures = report.all.planned ?? report.all.raw
            p50 = figures.values["p50"] ?? 0
            p99 = figures.values["p99"] ?? 0
            // What was due and not sent or answered in time is being behind, not an error.
            errors = report.errors - ["unsent", "unfinished"].reduce(0) { $0 + (report.failures[$1] ?? 0) }
            verdict =
                if errors > 0 {
                    .errors
                } else if answered < planned * Ramp.keptShare {
                    report.invalid.isEmpty ? .behind : .generator
                } else if let limit, p99 > limit {
                    report.invalid.isEmpty ? .slow : .generator
                } else {
                    .kept
                }
        }
    }

    package enum Verdict: String, Codable, Sendable {
        case kept
        /// Fewer answers than were due.
        case behind
        /// Its p99 is over the limit.
        case slow
        case errors
        /// Too much for the generator: it says nothing about the server.
        case generator
    }

    /// Answering less than this of what was due is not keeping up.
    static let keptShare = 0.98
    /// Without a limit of p99 from outside, this times that of the first step, and no less than `leastLimit` microseconds.
    static let slowFactor = 10.0
    static let leastLimit = 2000.0
    static let halvings = 4
    static let maxSteps = 64
    /// No rate above this is tried, in requests a second.
    static let maxRate = 10_000_000.0

    private enum State {
        case rising(Double)
        case halving(good: Double, bad: Double, left: Int)
        case over
    }

    private var state: State
    private let factor: Double
    private var count = 0
    /// The highest rate that was kept.
    package private(set) var knee: Double?
    package private(set) var limitedByGenerator = false

    package init(from rate: Double, factor: Double) {
        state = .rising(rate)
        self.factor = max(factor, 1.01)
    }

    /// The rate to try next; nil when the knee is found.
    package var rate: Double? {
        guard count < Self.maxSteps else { return nil }
        return switch state {
        case .rising(let rate): rate <= Self.maxRate ? rate : nil
        case .halving(let good, let bad, _): (good * bad).squareRoot()
        case .over: nil
        }
    }

    package static func limit(given: Double?, first: Step?) -> Double? {
        given ?? first.map { max($0.p99 * slowFactor, leastLimit) }
    }

    package mutating func tried(_ verdict: Verdict) {
        guard let rate else { return }
        count += 1
        if verdict == .kept { knee = max(knee ?? 0, rate) }
        if verdict == .generator { limitedByGenerator = true }
        switch (state, verdict) {
        case (.rising, .kept): state = .rising(rate * factor)
        case (.rising, _): state = knee.map { .halving(good: $0, bad: rate, left: Self.halvings) } ?? .over
        case (.halving(let good, let bad, let left), _):
            if left <= 1 {
                state = .over
            } else {
                state =
                    verdict == .kept
                    ? .halving(good: rate, bad: bad, left: left - 1) : .halving(good: good, bad: rate, left: left - 1)
            }
        case (.over, _): break
        }
    }
}
