/// A strict pull reader for JSON (RFC 8259): one pass over the bytes, no tree, no recursion, no allocation.
///
/// The caller follows the shape it expects: ``enterObject()``, then ``nextKey()`` until nil and one value for each key;
/// ``enterArray()``, then ``nextElement()`` until false and one value each time. What it does not care about it skips,
/// which checks it all the same; ``expectEnd()`` closes. Every value must be taken before the next is asked for.
///
/// Text comes as a range of the body, and its escapes are resolved only for those who ask. Repeated keys are the
/// caller's business. Bytes that are not UTF-8 are let through: some servers copy file names as they are.
struct JSONReader {
    /// Arrays and objects inside each other that ``skipValue()`` follows.
    static let depthLimit = 64

    enum Failure: Error, Equatable {
        /// The body ends before the value does.
        case incomplete
        case malformed
        case tooDeep
    }

    enum Kind {
        case object, array, string, number, bool, null
    }

    let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Whether the array or object last entered has had no member yet, so that no comma is due.
    private var isFirst = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
    }

    /// A place between two members, to go on from in another piece of the same body.
    struct Mark {
        fileprivate(set) var position = 0
        fileprivate var isFirst = false
    }

    var mark: Mark { Mark(position: position, isFirst: isFirst) }

    /// Whether nothing is left, not even space.
    var isAtEnd: Bool { position >= bytes.count }

    /// Goes on in `bytes`, which begin at the place of `mark`.
    init(_ bytes: UnsafeRawBufferPointer, resuming mark: Mark) {
        self.bytes = bytes
        isFirst = mark.isFirst
    }

    // MARK: Structure

    /// What the next value is; takes nothing.
    mutating func kind() throws(Failure) -> Kind {
        switch try peek() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw .malformed
        }
    }

    mutating func enterObject() throws(Failure) {
        try take(UInt8(ascii: "{"))
        isFirst = true
    }

    mutating func enterArray() throws(Failure) {
        try take(UInt8(ascii: "["))
        isFirst = true
    }

    /// The next key of the object; nil at its end. The value is due next.
    mutating func nextKey() throws(Failure) -> JSONText? {
        guard try nextMember(end: UInt8(ascii: "}")) else { return nil }
        return try takeKey()
    }

    /// Whether the array has another element, which is due next.
    mutating func nextElement() throws(Failure) -> Bool {
        try nextMember(end: UInt8(ascii: "]"))
    }

    /// Nothing but white space may be left.
    mutating func expectEnd() throws(Failure) {
        while position < bytes.count {
            guard ASCII.isSpace(bytes[position]) else { throw .malformed }
            position &+= 1
        }
    }

    private mutating func nextMember(end: UInt8) throws(Failure) -> Bool {
        let next = try peek()
        if next == end {
            position &+= 1
            isFirst = false
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard next == UInt8(ascii: ",") else { throw .malformed }
        position &+= 1
        // A comma promises a member: `[1,]` is none of JSON's.
        guard try peek() != end else { throw .malformed }
        return true
    }

    @inline(__always)
    private mutating func takeKey() throws(Failure) -> JSONText {
        try take(UInt8(ascii: "\""))
        let key = try scanText()
        try take(UInt8(ascii: ":"))
        return key
    }

    /// The next byte that is no white space; takes only the space.
    @inline(__always)
    private mutating func peek() throws(Failure) -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            if byte > 0x20 || !ASCII.isSpace(byte) { return byte }
            position &+= 1
        }
        throw .incomplete
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8) throws(Failure) {
        guard try peek() == byte else { throw .malformed }
        position &+= 1
    }

    // MARK: Values

    mutating func readString() throws(Failure) -> JSONText {
        try take(UInt8(ascii: "\""))
        return try scanText()
    }

    /// A string; nil for `null`.
    mutating func readStringOrNull() throws(Failure) -> JSONText? {
        guard try !acceptNull() else { return nil }
        return try readString()
    }

    /// Takes a `null` and says so; takes nothing else.
    mutating func acceptNull() throws(Failure) -> Bool {
        guard try peek() == UInt8(ascii: "n") else { return false }
        try takeWord("null")
        return true
    }

    mutating func readBool() throws(Failure) -> Bool {
        let isTrue = try peek() == UInt8(ascii: "t")
        try takeWord(isTrue ? "true" : "false")
        return isTrue
    }

    /// A number as it is spelled.
    mutating func readNumber() throws(Failure) -> Range<Int> {
        _ = try peek()
        return try scanNumber()
    }

    /// A number without fraction or exponent; nil for others and for those beyond 64 bits.
    mutating func readInteger() throws(Failure) -> Int64? {
        let range = try readNumber()
        let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
        var value: Int64 = 0
        for byte in bytes[range.lowerBound + (isNegative ? 1 : 0)..<range.upperBound] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (shifted, overflows) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (sum, overflowsToo) = shifted.addingReportingOverflow(isNegative ? -digit : digit)
            guard !overflows, !overflowsToo else { return nil }
            value = sum
        }
        return value
    }

    /// Takes any value, all that it holds included, and says which bytes it is spelled with.
    @discardableResult
    mutating func skipValue() throws(Failure) -> Range<Int> {
        _ = try peek()
        let start = position
        // One bit for every open array or object, the innermost lowest; set for an object.
        var open: UInt64 = 0
        var depth = 0
        repeat {
            switch try peek() {
            case UInt8(ascii: "\""):
                position &+= 1
                _ = try scanText()
            case UInt8(ascii: "{"):
                position &+= 1
                if try peek() == UInt8(ascii: "}") {
                    position &+= 1
                } else {
                    guard depth < Self.depthLimit else { throw .tooDeep }
                    depth &+= 1
                    open = open << 1 | 1
                    _ = try takeKey()
                    continue
                }
            case UInt8(ascii: "["):
                position &+= 1
                if try peek() == UInt8(ascii: "]") {
                    position &+= 1
                } else {
                    guard depth < Self.depthLimit else { throw .tooDeep }
                    depth &+= 1
                    open = open << 1
                    continue
                }
            case UInt8(ascii: "t"): try takeWord("true")
            case UInt8(ascii: "f"): try takeWord("false")
            case UInt8(ascii: "n"): try takeWord("null")
            default: _ = try scanNumber()
            }
            try closeAll(&open, &depth)
        } while depth > 0
        return start..<position
    }

    /// A value has ended: takes the brackets that end with it, and what leads to the next value.
    @inline(__always)
    private mutating func closeAll(_ open: inout UInt64, _ depth: inout Int) throws(Failure) {
        while depth > 0 {
            let isObject = open & 1 == 1
            let next = try peek()
            position &+= 1
            if next == UInt8(ascii: ",") {
                if isObject { _ = try takeKey() }
                return
            }
            guard next == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw .malformed }
            open >>= 1
            depth &-= 1
        }
    }
}

// MARK: Scanning

extension JSONReader {
    /// The text behind an opening quote, up to and including the closing one.
    @inline(__always)
    private mutating func scanText() throws(Failure) -> JSONText {
        let start = position
        var hasEscapes = false
        while true {
            position = WordScan.firstMark(UInt8(ascii: "\""), UInt8(ascii: "\\"), in: bytes, from: position)
            guard position < bytes.count else { throw .incomplete }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position &+= 1
                return JSONText(range: start..<position &- 1, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape()
            default: throw .malformed
            }
        }
    }

    private mutating func skipEscape() throws(Failure) {
        guard position &+ 1 < bytes.count else { throw .incomplete }
        switch bytes[position &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position &+= 2
        case UInt8(ascii: "u"):
            for index in position &+ 2..<position &+ 6 {
                guard index < bytes.count else { throw .incomplete }
                guard ASCII.hexValue(bytes[index]) != nil else { throw .malformed }
            }
            position &+= 6
        default: throw .malformed
        }
    }

    private mutating func takeWord(_ word: StaticString) throws(Failure) {
        for index in 0..<word.utf8CodeUnitCount {
            guard position < bytes.count else { throw .incomplete }
            guard bytes[position] == word.utf8Start[index] else { throw .malformed }
            position &+= 1
        }
    }

    /// RFC 8259 §6. What follows a number is for the next step to judge.
    private mutating func scanNumber() throws(Failure) -> Range<Int> {
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position &+= 1 }
        let whole = position
        try scanDigits()
        guard position == whole &+ 1 || bytes[whole] != UInt8(ascii: "0") else { throw .malformed }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position &+= 1
            try scanDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position &+= 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position &+= 1
            }
            try scanDigits()
        }
        return start..<position
    }

    private mutating func scanDigits() throws(Failure) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position &+= 1 }
        guard position > start else {
            throw position < bytes.count ? .malformed : .incomplete
        }
    }
}
