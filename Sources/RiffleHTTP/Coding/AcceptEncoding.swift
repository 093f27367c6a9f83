import NIOHTTP1

/// Which content codings a client takes (RFC 9110 §12.5.3), of those riffle has: gzip and none.
///
/// Reads bytes and allocates nothing: it is asked on the way of a hit.
package struct AcceptEncoding: Sendable, Equatable {
    /// Weights in thousandths; nil where nothing is said of it.
    private var gzip: Int?
    private var identity: Int?
    private var any: Int?
    private var isPresent: Bool

    /// A client that sends no such field would take anything, but mostly it can only read plain bodies.
    package init() {
        isPresent = false
    }

    package init(_ fields: HTTPHeaders) {
        isPresent = false
        for var line in fields["accept-encoding"] { line.withUTF8 { read(UnsafeRawBufferPointer($0)) } }
    }

    package init(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
        isPresent = false
        guard head.has(.acceptEncoding) else { return }
        guard head.isRepeated(.acceptEncoding) else {
            if let value = head.value(.acceptEncoding) {
                read(UnsafeRawBufferPointer(rebasing: bytes[value.range]))
            }
            return
        }
        for field in head.fields where field.known == .acceptEncoding {
            read(UnsafeRawBufferPointer(rebasing: bytes[field.value.range]))
        }
    }

    /// Whether gzip is welcome, and no less so than a plain body.
    package var prefersGzip: Bool {
        guard isPresent, let weight = gzip ?? any, weight > 0 else { return false }
        return weight >= (identity ?? 0)
    }

    /// Whether a plain body is ruled out and gzip is not.
    package var refusesPlain: Bool {
        guard isPresent, let weight = identity ?? any, weight == 0 else { return false }
        return (gzip ?? any ?? 0) > 0
    }

    // MARK: Reading

    private mutating func read(_ line: UnsafeRawBufferPointer) {
        isPresent = true
        var start = 0
        while start < line.count {
            var end = start
            while end < line.count, line[end] != UInt8(ascii: ",") { end &+= 1 }
            readMember(UnsafeRawBufferPointer(rebasing: line[start..<end]))
            start = end &+ 1
        }
    }

    /// `gzip`, `gzip;q=0.5`; what is malformed counts as not wanted.
    private mutating func readMember(_ member: UnsafeRawBufferPointer) {
        var start = 0
        while start < member.count, Self.isSpace(member[start]) { start &+= 1 }
        var end = start
        while end < member.count, member[end] != UInt8(ascii: ";"), !Self.isSpace(member[end]) { end &+= 1 }
        guard end > start else { return }
        let coding = UnsafeRawBufferPointer(rebasing: member[start..<end])
        let weight = Self.weight(UnsafeRawBufferPointer(rebasing: member[end...]))
        if Self.isCoding(coding, "gzip") || Self.isCoding(coding, "x-gzip") {
            gzip = max(gzip ?? 0, weight)
        } else if Self.isCoding(coding, "identity") {
            identity = weight
        } else if Self.isCoding(coding, "*") {
            any = weight
        }
    }

    /// The weight behind a coding in thousandths: all of them when none is said.
    private static func weight(_ text: UnsafeRawBufferPointer) -> Int {
        var index = 0
        func skip(_ byte: UInt8) -> Bool {
            while index < text.count, isSpace(text[index]) { index &+= 1 }
            guard index < text.count, text[index] | 0x20 == byte | 0x20 else { return false }
            index &+= 1
            return true
        }
        guard skip(UInt8(ascii: ";")) else { return text.allSatisfy(isSpace) ? 1_000 : 0 }
        guard skip(UInt8(ascii: "q")), skip(UInt8(ascii: "=")) else { return 0 }
        guard index < text.count, text[index] == UInt8(ascii: "0") || text[index] == UInt8(ascii: "1") else { return 0 }
        var value = text[index] == UInt8(ascii: "1") ? 1_000 : 0
        index &+= 1
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index &+= 1
            var unit = 100
            while index < text.count, text[index] &- UInt8(ascii: "0") < 10 {
                value += unit * Int(text[index] - UInt8(ascii: "0"))
                unit /= 10
                index &+= 1
            }
        }
        while index < text.count, isSpace(text[index]) { index &+= 1 }
        return index == text.count ? min(value, 1_000) : 0
    }

    private static func isCoding(_ bytes: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where lowered(bytes[index]) != name.utf8Start[index] { return false }
        return true
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09
    }
}
