/// A string of a JSON body: what stands between its quotes.
struct JSONText: Equatable {
    /// Its bytes in the body, escapes and all.
    var range: Range<Int>
    /// Whether it stands for other characters than it spells.
    var hasEscapes: Bool
}

extension JSONReader {
    /// The bytes between the quotes, escapes and all.
    func spelled(_ text: JSONText) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[text.range])
    }

    /// Whether the text is exactly `constant`, however it is spelled.
    func isText(_ text: JSONText, _ constant: StaticString) -> Bool {
        guard text.hasEscapes else { return ASCII.equals(spelled(text), constant) }
        guard let decoded = decoded(text) else { return false }
        return decoded.withUnsafeBytes { ASCII.equals($0, constant) }
    }

    /// The characters that the text stands for, as UTF-8; nil when an escape names half a character.
    func decoded(_ text: JSONText) -> [UInt8]? {
        var out: [UInt8] = []
        return appendDecoded(text, to: &out) ? out : nil
    }

    /// Appends the characters that the text stands for, as UTF-8; false when an escape names half a character.
    func appendDecoded(_ text: JSONText, to out: inout [UInt8]) -> Bool {
        let spelled = spelled(text)
        guard text.hasEscapes else {
            out.append(contentsOf: spelled)
            return true
        }
        var index = 0
        while index < spelled.count {
            let byte = spelled[index]
            guard byte == UInt8(ascii: "\\"), index + 1 < spelled.count else {
                out.append(byte)
                index += 1
                continue
            }
            let escape = spelled[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "u"):
                guard let scalar = Self.scalar(in: spelled, at: &index), let encoded = UTF8.encode(scalar) else {
                    return false
                }
                out.append(contentsOf: encoded)
            default: out.append(escape)
            }
        }
        return true
    }

    /// The character whose `\u` escape has its digits at `index`, both halves where it takes two.
    private static func scalar(in spelled: UnsafeRawBufferPointer, at index: inout Int) -> Unicode.Scalar? {
        guard let first = unit(in: spelled, at: index) else { return nil }
        index += 4
        guard first & 0xFC00 == 0xD800 else { return Unicode.Scalar(first) }
        guard index + 6 <= spelled.count, spelled[index] == UInt8(ascii: "\\"), spelled[index + 1] == UInt8(ascii: "u"),
            let second = unit(in: spelled, at: index + 2), second & 0xFC00 == 0xDC00
        else { return nil }
        index += 6
        return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF)
    }

    private static func unit(in spelled: UnsafeRawBufferPointer, at index: Int) -> UInt32? {
        guard index + 4 <= spelled.count else { return nil }
        var value: UInt32 = 0
        for byte in spelled[index..<index + 4] {
            guard let digit = ASCII.hexValue(byte) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
