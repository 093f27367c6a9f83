/// The base64 of RFC 4648 §4, decoded strictly: what does not decode to itself again is refused.
enum Base64 {
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes = Array(text.utf8)
        guard bytes.count.isMultiple(of: 4), !bytes.isEmpty else { return bytes.isEmpty ? [] : nil }
        var padding = 0
        while padding < 2, bytes.last == UInt8(ascii: "=") {
            bytes.removeLast()
            padding += 1
        }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count * 3 / 4)
        var held: UInt32 = 0
        var bits = 0
        for byte in bytes {
            guard let value = value(of: byte) else { return nil }
            held = held << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
            }
        }
        guard held & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        return out
    }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
