/// Remembers which hashes were pushed out lately, so that a miss can say `evicted` instead of `cold`. Fixed size; an old
/// mark is overwritten by a newer one, which only blurs that word.
struct EvictionMemory {
    private static let size = 4_096
    private var marks: [UInt32] = []

    mutating func insert(_ hash: UInt64) {
        if marks.isEmpty { marks = Array(repeating: 0, count: Self.size) }
        marks[Int(truncatingIfNeeded: hash) & (Self.size - 1)] = Self.mark(hash)
    }

    func contains(_ hash: UInt64) -> Bool {
        !marks.isEmpty && marks[Int(truncatingIfNeeded: hash) & (Self.size - 1)] == Self.mark(hash)
    }

    private static func mark(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) | 1 }
}
