/// A strict reader for flat JSON: the caller says what must come next, so nothing nests and nothing recurses.
struct JSONReader {
    enum Failure: Error {
        case incomplete, malformed
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private mutating func peek() throws(Failure) -> UInt8 {
        while position < bytes.count, ASCII.isSpace(bytes[position]) { position &+= 1 }
        guard position < bytes.count else { throw .incomplete }
        return bytes[position]
    }

    mutating func accept(_ byte: UInt8) throws(Failure) -> Bool {
        guard try peek() == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ byte: UInt8) throws(Failure) {
        guard try accept(byte) else { throw .malformed }
    }

    mutating func expectEnd() throws(Failure) {
        while position < bytes.count {
            guard ASCII.isSpace(bytes[position]) else { throw .malformed }
            position += 1
        }
    }

    /// The bytes of a string, escapes resolved. Bytes that are not UTF-8 stay as they are: nginx copies file names.
    mutating func readString() throws(Failure) -> [UInt8] {
        try expect(UInt8(ascii: "\""))
        var out: [UInt8] = []
        while true {
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
                bytes[position] >= 0x20
            { position &+= 1 }
            out.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
            guard position < bytes.count else { throw .incomplete }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return out
            case UInt8(ascii: "\\"):
                position += 1
                try readEscape(into: &out)
            default: throw .malformed
            }
        }
    }

    private mutating func readEscape(into out: inout [UInt8]) throws(Failure) {
        guard position < bytes.count else { throw .incomplete }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(8)
        case UInt8(ascii: "f"): out.append(12)
        case UInt8(ascii: "n"): out.append(10)
        case UInt8(ascii: "r"): out.append(13)
        case UInt8(ascii: "t"): out.append(9)
        case UInt8(ascii: "u"):
            var value = try readHex()
            if value & 0xFC00 == 0xD800 {
                guard position + 1 < bytes.count else { throw .incomplete }
                guard bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u") else {
                    throw .malformed
                }
                position += 2
                let low = try readHex()
                guard low & 0xFC00 == 0xDC00 else { throw .malformed }
                value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else { throw .malformed }
            out.append(contentsOf: encoded)
        default: throw .malformed
        }
    }

    private mutating func readHex() throws(Failure) -> UInt32 {
        guard position + 4 <= bytes.count else { throw .incomplete }
        var value: UInt32 = 0
        for index in position..<position + 4 {
            guard bytes[index] < 128, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                throw .malformed
            }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    /// A string, a number, or one of the three words; an array or an object is no part of a listing.
    mutating func skipScalar() throws(Failure) {
        if try peek() == UInt8(ascii: "\"") {
            _ = try readString()
            return
        }
        let start = position
        while position < bytes.count, Self.isWordByte(bytes[position]) { position &+= 1 }
        guard position < bytes.count else { throw .incomplete }
        let word = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        guard !word.isEmpty else { throw .malformed }
        if ASCII.equals(word, "true") || ASCII.equals(word, "false") || ASCII.equals(word, "null") { return }
        guard Self.isNumber(word) else { throw .malformed }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "E"),
            UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// RFC 8259 §6.
    private static func isNumber(_ word: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        func digits() -> Int {
            let start = index
            while index < word.count, word[index] >= UInt8(ascii: "0"), word[index] <= UInt8(ascii: "9") { index += 1 }
            return index - start
        }
        if word.first == UInt8(ascii: "-") { index = 1 }
        let first = index
        let whole = digits()
        guard whole > 0, whole == 1 || word[first] != UInt8(ascii: "0") else { return false }
        if index < word.count, word[index] == UInt8(ascii: ".") {
            index += 1
            guard digits() > 0 else { return false }
        }
        if index < word.count, word[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < word.count, word[index] == UInt8(ascii: "+") || word[index] == UInt8(ascii: "-") { index += 1 }
            guard digits() > 0 else { return false }
        }
        return index == word.count
    }
}
