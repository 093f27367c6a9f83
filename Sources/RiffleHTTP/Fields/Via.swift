import NIOHTTP1

/// The way a message took (RFC 9110 §7.6.3), and how a loop shows in it.
package enum Via {
    /// Hops a request may have behind it before it is taken for a loop nobody names.
    package static let maximumHops = 32

    /// Adds this hop: the version the message was *received* with (`1.0`, `1.1`, `2`) and the installation's pseudonym.
    package static func append(_ pseudonym: String, version: String, to fields: inout HTTPHeaders) {
        fields.add(name: "Via", value: "\(version) \(pseudonym)")
    }

    /// Whether the message came through this installation before, or through too many hops to go on.
    package static func isLoop(_ fields: HTTPHeaders, pseudonym: String) -> Bool {
        let hops = hops(fields)
        return hops.count >= maximumHops || hops.contains { FieldText.equal($0, pseudonym) }
    }

    /// What the members say they received by.
    static func hops(_ fields: HTTPHeaders) -> [Substring] {
        members(fields["via"]).compactMap { member in
            let words = member.split(maxSplits: 2, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
            return words.count >= 2 ? words[1] : nil
        }
    }

    /// Members hold comments, in which commas and quotes do not count.
    private static func members(_ lines: [String]) -> [String] {
        var found: [String] = []
        var member: [UInt8] = []
        for line in lines {
            var depth = 0
            var escaped = false
            for byte in line.utf8 + [UInt8(ascii: ",")] {
                if depth == 0, byte == UInt8(ascii: ",") {
                    found.append(String(decoding: member, as: UTF8.self))
                    member.removeAll()
                    continue
                }
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = depth > 0
                } else if byte == UInt8(ascii: "(") {
                    depth += 1
                } else if byte == UInt8(ascii: ")") {
                    depth = max(0, depth - 1)
                }
                member.append(byte)
            }
            // A comment that never closes hides no hop.
            if !member.isEmpty { found.append(String(decoding: member, as: UTF8.self)) }
            member.removeAll()
            if found.count > FieldText.maximumMembers { break }
        }
        return found
    }
}
