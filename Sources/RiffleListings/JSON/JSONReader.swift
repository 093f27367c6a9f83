/// A strict pull reader for JSON: the caller says what must come next; what it skips is counted, not recursed into.
struct JSONReader {
    enum Failure: Error {
        case incomplete, malformed
    }

    /// Arrays and objects open at once in what is skipped.
    static let depthLimit = 64

    private let bytes: UnsafeRawBufferPointer
    /// Of the next byte to be read.
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The next byte that is no white space, not consumed.
    mutating func peek() throws(Failure) -> UInt8 {
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

    /// Goes over a string without making it.
    ///
    /// - Returns: where its content stands in the bytes, escapes and all.
    @discardableResult
    mutating func skipString() throws(Failure) -> Range<Int> {
        try expect(UInt8(ascii: "\""))
        let start = position
        while true {
            while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
                bytes[position] >= 0x20
            { position &+= 1 }
            guard position < bytes.count else { throw .incomplete }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<(position - 1)
            case UInt8(ascii: "\\"):
                guard position + 1 < bytes.count else { throw .incomplete }
                guard Self.isEscape(bytes[position + 1]) else { throw .malformed }
                position += 2
            default: throw .malformed
            }
        }
    }

    private static func isEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "u"):
            true
        default: false
        }
    }

    /// Goes over one value of any kind.
    mutating func skipValue() throws(Failure) {
        // Bit n: whether the n-th open bracket is an object's.
        var objects: UInt64 = 0
        var depth = 0
        while true {
            switch try peek() {
            case UInt8(ascii: "{"):
                guard depth < Self.depthLimit else { throw .malformed }
                position += 1
                objects |= 1 << UInt64(depth)
                depth += 1
                if try accept(UInt8(ascii: "}")) { depth -= 1 } else { try skipName(); continue }
            case UInt8(ascii: "["):
                guard depth < Self.depthLimit else { throw .malformed }
                position += 1
                objects &= ~(1 << UInt64(depth))
                depth += 1
                if try accept(UInt8(ascii: "]")) { depth -= 1 } else { continue }
            case UInt8(ascii: "\""): try skipString()
            default: try skipScalar()
            }
            while depth > 0 {
                let isObject = objects >> UInt64(depth - 1) & 1 == 1
                if try accept(UInt8(ascii: ",")) {
                    if isObject { try skipName() }
                    break
                }
                try expect(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
                depth -= 1
            }
            if depth == 0 { return }
        }
    }

    private mutating func skipName() throws(Failure) {
        try skipString()
        try expect(UInt8(ascii: ":"))
    }

    /// Calls `member` with each name of an object; it must consume the value.
    mutating func readObject(
        _ member: (inout JSONReader, Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        try expect(UInt8(ascii: "{"))
        if try accept(UInt8(ascii: "}")) { return }
        repeat {
            let name = try skipString()
            try expect(UInt8(ascii: ":"))
            try member(&self, name)
        } while try accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    /// Calls `element` at each element of an array; it must consume it.
    mutating func readArray(_ element: (inout JSONReader) throws(Failure) -> Void) throws(Failure) {
        try expect(UInt8(ascii: "["))
        if try accept(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while try accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
    }

    /// Whether the bytes of a name, as ``readObject(_:)`` gives it, spell this one.
    func isName(_ range: Range<Int>, _ name: StaticString) -> Bool {
        ASCII.equals(UnsafeRawBufferPointer(rebasing: bytes[range]), name)
    }

    /// A whole number, or nil for any other value, which is skipped.
    mutating func readInteger() throws(Failure) -> Int? {
        _ = try peek()
        let start = position
        try skipValue()
        return Int(String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self))
    }

    /// A string, or nil for any other value, which is skipped.
    mutating func readStringOrSkip() throws(Failure) -> [UInt8]? {
        if try peek() == UInt8(ascii: "\"") { return try readString() }
        try skipValue()
        return nil
    }

    /// The string member of that name of an object that is the whole document.
    mutating func firstString(named name: StaticString) throws(Failure) -> [UInt8]? {
        var found: [UInt8]?
        try readObject { (reader, range) throws(Failure) in
            if reader.isName(range, name), found == nil {
                found = try reader.readStringOrSkip()
            } else {
                try reader.skipValue()
            }
        }
        try expectEnd()
        return found
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
