/// Byte classes of RFC 9110 and RFC 3986 and the word-wise scan that the request parser rests on.
package enum ByteScan {
    /// Token bytes (RFC 9110 §5.6.2) as two bitmaps over ASCII: no table to load, no lazy global to check.
    @inlinable @inline(__always)
    package static func isToken(_ byte: UInt8) -> Bool {
        // ! # $ % & ' * + - . 0-9
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        // A-Z ^ _ ` a-z | ~
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    /// Visible ASCII: the bytes a request target may be made of on the wire (RFC 9112 §3).
    @inlinable @inline(__always)
    package static func isVisible(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F
    }

    /// Bytes of `uri-host [ ":" port ]` (RFC 3986 §3.2.2).
    @inlinable @inline(__always)
    package static func isHost(_ byte: UInt8) -> Bool {
        // ! $ % & ' ( ) * + , - . 0-9 : ; =
        let low: UInt64 = 0x2FFF_7FF2_0000_0000
        // A-Z [ ] _ a-z ~
        let high: UInt64 = 0x47FF_FFFE_AFFF_FFFE
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    /// Offset of the first control byte (below 0x20, or DEL) in `start..<end`; `end` when there is none. O(n/8).
    @inlinable
    package static func firstControl(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        guard let base = bytes.baseAddress else { return end }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index &+ 8 <= end {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let below = (word &- ones &* 0x20) & ~word
            let del = word ^ (ones &* 0x7F)
            let hits = (below | ((del &- ones) & ~del)) & tops
            // Borrows only disturb bytes above the first true hit, so the lowest set bit is exact.
            if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < end {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte == 0x7F { return index }
            index &+= 1
        }
        return end
    }
}
