/// Searches bodies eight bytes at a time: most bytes of a listing are text in which nothing happens.
enum WordScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// Offset of the first `one`, `other` or control byte (below 0x20) at or after `start`; the count when there is none.
    @inline(__always)
    static func firstMark(_ one: UInt8, _ other: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let base = bytes.baseAddress else { return bytes.count }
        let count = bytes.count
        let oneEverywhere = ones &* UInt64(one)
        let otherEverywhere = ones &* UInt64(other)
        var index = start
        while index &+ 8 <= count {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let first = word ^ oneEverywhere
            let second = word ^ otherEverywhere
            let below = (word &- ones &* 0x20) & ~word
            let hits = (below | ((first &- ones) & ~first) | ((second &- ones) & ~second)) & tops
            // Borrows only disturb bytes above a true hit, so the lowest set bit is exact.
            if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < count {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte == one || byte == other { return index }
            index &+= 1
        }
        return count
    }

    /// Whether two runs of bytes are the same.
    @inline(__always)
    static func isEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        var index = 0
        while index &+ 8 <= left.count {
            let word = left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if word != right.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
            index &+= 8
        }
        while index < left.count {
            if left[index] != right[index] { return false }
            index &+= 1
        }
        return true
    }
}
