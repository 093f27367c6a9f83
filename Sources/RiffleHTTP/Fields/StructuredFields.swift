/// A bare item of a structured field (RFC 9651 §3.3).
enum StructuredValue: Equatable {
    case integer(Int)
    /// The text as it was written; riffle has no field with a decimal it would compute with.
    case decimal(String)
    case string(String)
    case token(String)
    case bytes(String)
    case boolean(Bool)
    case date(Int)
    case displayString(String)
    /// Present, well-formed, and of no use to a rule here.
    case innerList
}

/// A dictionary (RFC 9651 §3.2): of repeated keys the last counts, parameters are dropped.
struct StructuredDictionary: Equatable {
    /// Members of one dictionary; a longer one does not parse.
    static let maximumMembers = 128

    private(set) var members: [String: StructuredValue] = [:]

    /// nil when the combined field value does not parse (RFC 9651 §4.2): the whole field is ignored then.
    init?(_ lines: [String]) {
        var reader = StructuredReader(lines)
        reader.skipSpaces()
        while !reader.atEnd {
            guard let key = reader.key(), members.count < Self.maximumMembers else { return nil }
            if reader.take("=") {
                guard let value = reader.itemOrInnerList() else { return nil }
                members[key] = value
            } else {
                guard reader.skipParameters() else { return nil }
                members[key] = .boolean(true)
            }
            guard reader.separator() else { return nil }
        }
    }
}

/// A list (RFC 9651 §3.1), parameters dropped.
struct StructuredList: Equatable {
    /// Members of one list; a longer one does not parse.
    static let maximumMembers = 128

    private(set) var members: [StructuredValue] = []

    init?(_ lines: [String]) {
        var reader = StructuredReader(lines)
        reader.skipSpaces()
        while !reader.atEnd {
            guard members.count < Self.maximumMembers, let value = reader.itemOrInnerList() else { return nil }
            members.append(value)
            guard reader.separator() else { return nil }
        }
    }
}

/// The parsing algorithms of RFC 9651 §4.2, byte by byte.
private struct StructuredReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ lines: [String]) {
        bytes = Array(lines.joined(separator: ", ").utf8)
    }

    var atEnd: Bool { index == bytes.count }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func skipSpaces() {
        while next == 0x20 { index += 1 }
    }

    private mutating func skipWhitespace() {
        while next == 0x20 || next == 0x09 { index += 1 }
    }

    /// The comma behind a member; a comma at the very end is an error.
    mutating func separator() -> Bool {
        skipWhitespace()
        if atEnd { return true }
        guard take(",") else { return false }
        skipWhitespace()
        return !atEnd
    }

    mutating func key() -> String? {
        guard let first = next, Self.isLower(first) || first == UInt8(ascii: "*") else { return nil }
        return take { Self.isLower($0) || Self.isDigit($0) || "_-.*".utf8.contains($0) }
    }

    mutating func itemOrInnerList() -> StructuredValue? {
        guard take("(") else { return item() }
        while true {
            skipSpaces()
            if take(")") { return skipParameters() ? .innerList : nil }
            guard item() != nil, next == 0x20 || next == UInt8(ascii: ")") else { return nil }
        }
    }

    private mutating func item() -> StructuredValue? {
        guard let value = bareItem(), skipParameters() else { return nil }
        return value
    }

    mutating func skipParameters() -> Bool {
        while take(";") {
            skipSpaces()
            guard key() != nil else { return false }
            if take("="), bareItem() == nil { return false }
        }
        return true
    }

    private mutating func bareItem() -> StructuredValue? {
        guard let first = next else { return nil }
        switch first {
        case UInt8(ascii: "\""): return string().map(StructuredValue.string)
        case UInt8(ascii: ":"): return byteSequence()
        case UInt8(ascii: "?"):
            index += 1
            if take("1") { return .boolean(true) }
            return take("0") ? .boolean(false) : nil
        case UInt8(ascii: "@"):
            index += 1
            guard case .integer(let seconds) = number() else { return nil }
            return .date(seconds)
        case UInt8(ascii: "%"): return displayString()
        case UInt8(ascii: "-"): return number()
        case let digit where Self.isDigit(digit): return number()
        case let letter where Self.isLower(letter | 0x20) || letter == UInt8(ascii: "*"):
            return .token(take { ByteScan.isToken($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") })
        default: return nil
        }
    }

    /// At most 15 digits, or 12 and a fraction of 1 to 3 (RFC 9651 §4.2.4).
    private mutating func number() -> StructuredValue? {
        let negative = take("-")
        let whole = take { Self.isDigit($0) }
        guard !whole.isEmpty else { return nil }
        guard take(".") else {
            guard whole.utf8.count <= 15, let value = Int(whole) else { return nil }
            return .integer(negative ? -value : value)
        }
        let fraction = take { Self.isDigit($0) }
        guard whole.utf8.count <= 12, (1...3).contains(fraction.utf8.count) else { return nil }
        return .decimal((negative ? "-" : "") + whole + "." + fraction)
    }

    private mutating func string() -> String? {
        index += 1
        var content: [UInt8] = []
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = next, escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
                    return nil
                }
                index += 1
                content.append(escaped)
            case 0x20...0x7E: content.append(byte)
            default: return nil
            }
        }
        return nil
    }

    private mutating func byteSequence() -> StructuredValue? {
        index += 1
        let text = take { Self.isLower($0 | 0x20) || Self.isDigit($0) || "+/=".utf8.contains($0) }
        return take(":") ? .bytes(text) : nil
    }

    /// Kept as written; no rule here reads one (RFC 9651 §4.2.10 checks form only).
    private mutating func displayString() -> StructuredValue? {
        index += 1
        guard take("\"") else { return nil }
        let text = take { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
        return take("\"") ? .displayString(text) : nil
    }

    private mutating func take(while matches: (UInt8) -> Bool) -> String {
        let start = index
        while let byte = next, matches(byte) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
