import Glibc

/// Byte-level reading of field lines: names compared without case, values as ranges, nothing copied.
enum FieldLine {
    /// The trimmed value of `line` when its name is `name` (given in lower case).
    @inline(__always)
    static func value(of name: StaticString, _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Range<Int>? {
        let length = name.utf8CodeUnitCount
        guard line.count > length, bytes[line.lowerBound + length] == 0x3A,
            matches(name, bytes, at: line.lowerBound)
        else { return nil }
        var low = line.lowerBound + length + 1
        var high = line.upperBound
        while low < high, bytes[low] == 0x20 || bytes[low] == 0x09 { low += 1 }
        while high > low, bytes[high - 1] == 0x20 || bytes[high - 1] == 0x09 { high -= 1 }
        return low..<high
    }

    static func number(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty, range.count <= 18 else { return nil }
        var number = 0
        for index in range {
            let digit = bytes[index]
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            number = number * 10 + Int(digit - 0x30)
        }
        return number
    }

    static func equals(_ word: StaticString, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        range.count == word.utf8CodeUnitCount && matches(word, bytes, at: range.lowerBound)
    }

    static func contains(_ word: StaticString, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        let length = word.utf8CodeUnitCount
        guard range.count >= length else { return false }
        return (range.lowerBound...(range.upperBound - length)).contains { matches(word, bytes, at: $0) }
    }

    @inline(__always)
    private static func matches(_ word: StaticString, _ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        for offset in 0..<word.utf8CodeUnitCount {
            let expected = word.utf8Start[offset]
            let byte = bytes[start + offset]
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            guard lower == expected else { return false }
        }
        return true
    }
}

/// Exact bytes at a place.
struct StaticPrefix: Sendable {
    private let text: StaticString

    init(_ text: StaticString) { self.text = text }

    @inline(__always)
    func allSatisfied(by bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start + length <= bytes.count else { return false }
        for offset in 0..<length where bytes[start + offset] != text.utf8Start[offset] { return false }
        return true
    }
}

/// The one search the scanner rests on.
enum ByteSearch {
    @inline(__always)
    static func first(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(byte), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
