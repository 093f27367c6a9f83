/// How often hashes were asked for lately, in four bits each: a count-min sketch that halves itself from time to time
/// (Einziger et al., TinyLFU, 2017). Fixed size; it errs upwards only.
struct FrequencySketch {
    static let highest = 15

    private var words: [UInt64]

    /// - Parameter counters: rounded up to a power of two.
    init(counters: Int) {
        var count = 64
        while count < counters { count *= 2 }
        words = Array(repeating: 0, count: count / 16)
    }

    func estimate(_ hash: UInt64) -> Int {
        var least = Self.highest
        for row in 0..<4 { least = min(least, counter(place(hash, row))) }
        return least
    }

    mutating func increment(_ hash: UInt64) {
        raise(hash, to: min(Self.highest, estimate(hash) + 1))
    }

    /// Makes the estimate at least `count`; touches only counters below it, which keeps the error small.
    mutating func raise(_ hash: UInt64, to count: Int) {
        let count = min(count, Self.highest)
        for row in 0..<4 {
            let (word, shift) = place(hash, row)
            if Int(words[word] >> shift & 15) < count {
                words[word] = words[word] & ~(15 << shift) | UInt64(count) << shift
            }
        }
    }

    mutating func halve() {
        for index in words.indices { words[index] = words[index] >> 1 & 0x7777_7777_7777_7777 }
    }

    private func place(_ hash: UInt64, _ row: Int) -> (word: Int, shift: UInt64) {
        var mixed = (hash &+ UInt64(row) &* 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
        mixed ^= mixed >> 32
        // Each row has its own quarter of every word, so rows never share a counter.
        return (Int(truncatingIfNeeded: mixed >> 2) & (words.count - 1), UInt64(row) * 16 + (mixed & 3) * 4)
    }

    private func counter(_ place: (word: Int, shift: UInt64)) -> Int {
        Int(words[place.word] >> place.shift & 15)
    }
}
