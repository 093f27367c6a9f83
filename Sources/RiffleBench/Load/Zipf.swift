import Glibc

/// Numbers below a count, rank r with weight 1/r^s. Popularity does not follow their order; the same seed ranks alike everywhere.
struct Zipf: Sendable {
    private let cumulative: [Double]
    private let ranked: [Int]

    init(_ exponent: Double, count: Int, seed: UInt64) {
        var sum = 0.0
        cumulative = (1...max(count, 1)).map { rank in
            sum += pow(Double(rank), -exponent)
            return sum
        }
        var shuffle = SeededRandom(seed: seed)
        ranked = (0..<max(count, 1)).shuffled(using: &shuffle)
    }

    /// `unit` is uniform in 0..<1.
    func pick(_ unit: Double) -> Int {
        let point = unit * (cumulative.last ?? 1)
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] < point { low = middle + 1 } else { high = middle }
        }
        return ranked[low]
    }
}
