/// Pieces of field values every rule needs: lists, quoted strings, tokens, numbers (RFC 9110 §5.5–§5.6).
enum FieldText {
    /// Members looked at in one list; what comes behind them is dropped.
    static let maximumMembers = 256

    /// The members of a list-valued field over all its lines, without the white space around them and without empty
    /// members (RFC 9110 §5.6.1); a comma inside a quoted string does not separate.
    static func members(_ lines: [String]) -> [Substring] {
        var found: [Substring] = []
        for line in lines {
            for member in split(line[...], at: UInt8(ascii: ",")) {
                let trimmed = trim(member)
                guard !trimmed.isEmpty else { continue }
                guard found.count < maximumMembers else { return found }
                found.append(trimmed)
            }
        }
        return found
    }

    /// Cuts at `separator` outside quoted strings; the pieces keep their white space.
    static func split(_ text: Substring, at separator: UInt8) -> [Substring] {
        let bytes = text.utf8
        var pieces: [Substring] = []
        var start = bytes.startIndex
        var index = start
        var quoted = false
        var escaped = false
        while index < bytes.endIndex {
            let byte = bytes[index]
            if escaped {
                escaped = false
            } else if quoted {
                if byte == UInt8(ascii: "\\") { escaped = true }
                if byte == UInt8(ascii: "\"") { quoted = false }
            } else if byte == UInt8(ascii: "\"") {
                quoted = true
            } else if byte == separator {
                pieces.append(text[start..<index])
                start = bytes.index(after: index)
            }
            index = bytes.index(after: index)
        }
        pieces.append(text[start...])
        return pieces
    }

    /// Without leading and trailing spaces and tabs.
    static func trim(_ text: Substring) -> Substring {
        var bytes = text.utf8
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return Substring(bytes)
    }

    static func trim(_ text: String) -> Substring { trim(text[...]) }

    static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(ByteScan.isToken)
    }

    /// ASCII letters folded to lower case, every other byte kept.
    static func lowercased(_ text: some StringProtocol) -> String {
        String(decoding: text.utf8.map(lowercased), as: UTF8.self)
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// Equal but for the case of ASCII letters.
    static func equal(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    /// What a quoted string says (RFC 9110 §5.6.4); nil when `text` is not exactly one.
    static func unquote(_ text: Substring) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") else { return nil }
        var content: [UInt8] = []
        var escaped = false
        for byte in bytes[1..<(bytes.count - 1)] {
            if escaped {
                content.append(byte)
                escaped = false
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "\"") {
                return nil
            } else {
                content.append(byte)
            }
        }
        return escaped ? nil : String(decoding: content, as: UTF8.self)
    }

    /// A run of one or more digits, at most `ceiling`; nil for anything else.
    static func digits(_ text: some StringProtocol, ceiling: Int) -> Int? {
        guard !text.isEmpty else { return nil }
        var value = 0
        for byte in text.utf8 {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = min(ceiling, value * 10 + Int(byte - UInt8(ascii: "0")))
        }
        return value
    }

    /// Delta-seconds (RFC 9111 §1.2.2): what is too large counts as 2^31.
    static func deltaSeconds(_ text: some StringProtocol) -> Int? {
        digits(text, ceiling: 1 << 31)
    }
}
