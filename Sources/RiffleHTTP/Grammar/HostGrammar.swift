/// `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2.2), read as one thing only: a name that is not empty, or an IPv6
/// address in brackets, and a port that is a number.
enum HostGrammar {
    static func isValid(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let first = bytes.first else { return false }
        if first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), close > bytes.startIndex + 2 else {
                return false
            }
            guard bytes[(bytes.startIndex + 1)..<close].allSatisfy(isAddress) else { return false }
            return isPort(bytes[(close + 1)...])
        }
        let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        guard end > bytes.startIndex else { return false }
        for byte in bytes[..<end] where !isName(byte) { return false }
        return isPort(bytes[end...])
    }

    /// Hexadecimal digits, colons, and the dots of an IPv4 tail.
    private static func isAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x46, 0x61...0x66, UInt8(ascii: "."): true
        default: false
        }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        ByteScan.isHost(byte) && byte != UInt8(ascii: "[") && byte != UInt8(ascii: "]")
    }

    /// Nothing, or a colon and up to five digits of at most 65,535; the digits may be missing.
    private static func isPort(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let colon = bytes.first else { return true }
        guard colon == UInt8(ascii: ":"), bytes.count <= 6 else { return false }
        var port = 0
        for byte in bytes.dropFirst() {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return false }
            port = port * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return port <= 65_535
    }
}
