/// Remembers which hashes were pushed out lately, so that a miss can say `evicted` instead of `cold`. Fixed size: each
/// small set of places forgets its oldest mark for a new one, which only blurs that word.
struct EvictionMemory {
    private static let sets = 512
    private static let ways = 8
    /// A set's marks lie side by side, newest first; zero marks a free place.
    private var marks: [UInt32] = []

    mutating func insert(_ hash: UInt64) {
        guard !contains(hash) else { return }
        if marks.isEmpty { marks = Array(repeating: 0, count: Self.sets * Self.ways) }
        let places = Self.places(hash)
        for place in places.dropFirst().reversed() { marks[place] = marks[place - 1] }
        marks[places.lowerBound] = Self.mark(hash)
    }

    func contains(_ hash: UInt64) -> Bool {
        !marks.isEmpty && marks[Self.places(hash)].contains(Self.mark(hash))
    }

    private static func places(_ hash: UInt64) -> Range<Int> {
        let start = (Int(truncatingIfNeeded: hash) & (sets - 1)) * ways
        return start..<start + ways
    }

    private static func mark(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) | 1 }
}
