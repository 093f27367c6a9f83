/// JSON strings, escaped exactly as nginx does: two-letter escapes where they exist, `\u00XX` for other controls, the
/// rest (also DEL and everything beyond ASCII) as it is.
enum JSONText {
    static func escape(_ text: some StringProtocol) -> String {
        var out: [UInt8] = []
        append(text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    static func append(_ text: some StringProtocol, to out: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case 0x08: out += Array("\\b".utf8)
            case 0x09: out += Array("\\t".utf8)
            case 0x0A: out += Array("\\n".utf8)
            case 0x0C: out += Array("\\f".utf8)
            case 0x0D: out += Array("\\r".utf8)
            case 0..<0x20:
                out += Array("\\u00".utf8)
                out += [hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            default: out.append(byte)
            }
        }
    }

    private static let hexadecimal = Array("0123456789ABCDEF".utf8)
}
