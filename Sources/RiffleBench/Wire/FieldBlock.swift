/// Fields as HPACK (RFC 7541) in its plainest form: names of the static table where it has them, nothing indexed, nothing
/// compressed, so that a block made once fits every connection.
enum FieldBlock {
    /// Fields that speak of an HTTP/1.1 connection only (RFC 9113 §8.2.2).
    private static let forbidden: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]

    static func request(method: String, target: String) -> [UInt8] {
        // 2 and 3 are whole GET and POST fields of the static table; 4 is the name `:path`.
        let first: [UInt8] = method == "GET" ? [0x82] : method == "POST" ? [0x83] : [0x02] + string(method)
        return first + [0x04] + string(target)
    }

    static func fields(_ fields: [(name: String, value: String)], secure: Bool) -> [UInt8] {
        var block: [UInt8] = [secure ? 0x87 : 0x86]
        // Pseudo-fields come first; 1 is the name `:authority`.
        for field in fields where field.name.lowercased() == "host" { block += [0x01] + string(field.value) }
        for field in fields {
            let name = field.name.lowercased()
            guard name != "host", !forbidden.contains(name) else { continue }
            // Never indexed: credentials are among them (RFC 7541 §7.1.3).
            block += [0x10] + string(name) + string(field.value)
        }
        return block
    }

    private static func string(_ text: String) -> [UInt8] { integer(text.utf8.count) + Array(text.utf8) }

    /// With a prefix of seven bits (RFC 7541 §5.1); the eighth, zero, says that no Huffman code follows.
    private static func integer(_ number: Int) -> [UInt8] {
        guard number >= 127 else { return [UInt8(number)] }
        var bytes: [UInt8] = [127]
        var rest = number - 127
        while rest >= 128 {
            bytes.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
