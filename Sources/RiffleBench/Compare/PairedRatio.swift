import Glibc

/// How many times the baseline something took, over rounds in which both were measured one after the other.
///
/// Logarithms of the ratios are averaged, so that twice and half cancel out; what a whole round had in common (a busy neighbour,
/// the clock of the processor) cancels within the pair. The interval is Student's, 95 %.
package struct PairedRatio: Codable, Sendable, Equatable {
    package var ratio: Double
    package var low: Double
    package var high: Double

    /// Nil unless every round has two positive figures. One round gives a ratio without an interval.
    package init?(_ values: [Double], over baseline: [Double]) {
        guard !values.isEmpty, values.count == baseline.count, (values + baseline).allSatisfy({ $0 > 0 && $0.isFinite })
        else { return nil }
        let logs = zip(values, baseline).map { log($0 / $1) }
        let count = Double(logs.count)
        let mean = logs.reduce(0, +) / count
        ratio = exp(mean)
        guard logs.count > 1 else {
            low = ratio
            high = ratio
            return
        }
        let variance = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let reach = Self.student(logs.count - 1) * (variance / count).squareRoot()
        low = exp(mean - reach)
        high = exp(mean + reach)
    }

    /// The 97.5 % quantile of Student's t: a table, and the expansion around the normal quantile beyond it.
    static func student(_ freedom: Int) -> Double {
        let table = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
        if (1...table.count).contains(freedom) { return table[freedom - 1] }
        let z = 1.959964
        let n = Double(max(freedom, 1))
        let second = (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * n * n)
        return z + (pow(z, 3) + z) / (4 * n) + second
    }
}
