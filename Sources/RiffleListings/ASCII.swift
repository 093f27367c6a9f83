/// Comparisons of bytes with ASCII constants, without making strings.
enum ASCII {
    /// Equal but for the case of ASCII letters; `text` is given in lower case.
    static func matches(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where lowered(bytes[index]) != text.utf8Start[index] { return false }
        return true
    }

    /// Byte for byte equal.
    static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Where `text` (lower case) begins in `bytes`, ignoring case; nil when it does not.
    static func find(_ text: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let count = text.utf8CodeUnitCount
        guard bytes.count >= count else { return nil }
        for start in 0...(bytes.count - count)
        where matches(UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]), text) {
            return start
        }
        return nil
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        var end = bytes.count
        while start < end, isSpace(bytes[start]) { start += 1 }
        while end > start, isSpace(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// The path of an absolute URL or of a path, without query and fragment; nil when it is neither.
    static func path(ofURL url: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var start = 0
        if url.first != FolderPath.slash {
            guard let colon = find("://", in: url), colon > 0 else { return nil }
            for byte in url[0..<colon] where !(lowered(byte) >= 0x61 && lowered(byte) <= 0x7A) { return nil }
            start = colon + 3
            while start < url.count, url[start] != FolderPath.slash { start += 1 }
        }
        var end = start
        while end < url.count, url[end] != UInt8(ascii: "?"), url[end] != UInt8(ascii: "#") { end += 1 }
        guard end > start else { return nil }
        return UnsafeRawBufferPointer(rebasing: url[start..<end])
    }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
