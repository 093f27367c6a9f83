import NIOCore

/// How long to wait before the next attempt to connect: doubling, bounded, scattered so that a fleet does not return in
/// step.
struct Backoff: Equatable {
    static let first = TimeAmount.milliseconds(50)
    static let longest = TimeAmount.seconds(2)
    /// Doublings after which the longest wait is certainly reached.
    private static let maximumDoublings = 6

    private var failures = 0

    mutating func succeeded() { failures = 0 }

    /// - Parameter scatter: a random number of 0 ..< 1; the wait is between half and all of the present step.
    mutating func next(scatter: Double) -> TimeAmount {
        let step = min(Self.longest.nanoseconds, Self.first.nanoseconds << Int64(failures))
        failures = min(failures + 1, Self.maximumDoublings)
        let share = 0.5 + 0.5 * min(max(scatter, 0), 1)
        return .nanoseconds(Int64(Double(step) * share))
    }
}
