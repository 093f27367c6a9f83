import Glibc

/// The probability a candidate must reach, steered so that the bucket stays half full: a proportional term on its level
/// answers at once, a slow integral finds the lasting value. (The integral alone would swing.)
struct ProbabilityBar: Sendable {
    static let start = 0.35
    static let lowest = 0.02
    static let highest = 0.95
    /// By how much the logarithm moves between an empty and a full bucket.
    private static let proportional = 1.0
    private static let integral = 0.005

    private var settled = log(start)
    private(set) var value = start

    /// - Parameter level: how full the bucket is, 0 to 1.
    mutating func adjust(level: Double) {
        let error = 0.5 - level
        settled = clamp(settled + Self.integral * error)
        value = exp(clamp(settled + Self.proportional * error))
    }

    private func clamp(_ logarithm: Double) -> Double {
        max(log(Self.lowest), min(log(Self.highest), logarithm))
    }
}
