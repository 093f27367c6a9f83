import NIOHTTP1

/// Which request fields select among the stored variants of a key, and which variant a request selects
/// (RFC 9110 §12.5.5, RFC 9111 §4.1).
package enum Vary: Sendable, Equatable {
    /// Names a response may list before it is treated like `*`: each one multiplies variants.
    package static let maximumNames = 16

    /// In lower case, sorted, without repetition.
    case names([String])
    /// `*` among the members of any line, or a list that cannot be trusted: matches no other request.
    case everything

    package static func names(_ response: HTTPHeaders) -> Vary {
        let members = FieldText.members(response["vary"])
        guard members.count < FieldText.maximumMembers else { return .everything }
        guard members.allSatisfy({ FieldText.isToken($0) && $0 != "*" }) else { return .everything }
        let names = Set(members.map { FieldText.lowercased($0) }).sorted()
        return names.count <= maximumNames ? .names(names) : .everything
    }

    /// The selecting fields of a request as bytes: equal bytes select the same variant. Every name and value stands
    /// behind its length, and a field that is absent differs from one that is empty.
    ///
    /// The bytes may hold credentials (`Vary: Cookie`): hash them under the installation's key before keeping them.
    package static func variantKey(_ names: [String], request: HTTPHeaders) -> [UInt8] {
        var key: [UInt8] = []
        for name in names {
            append(name, to: &key)
            guard request.contains(name: name) else {
                key.append(0)
                continue
            }
            key.append(1)
            append(normalized(name, request[name]), to: &key)
        }
        return key
    }

    package static func matches(_ names: [String], stored: HTTPHeaders, request: HTTPHeaders) -> Bool {
        variantKey(names, request: stored) == variantKey(names, request: request)
    }

    /// A value in a form in which requests that mean the same are equal; nothing else is ever made equal.
    static func normalized(_ name: String, _ lines: [String]) -> String {
        // Members of these cannot be told apart from commas in their values (RFC 9110 §5.3).
        let isText = ["cookie", "authorization", "user-agent", "referer"].contains(name)
        let members = isText ? [] : FieldText.members(lines)
        // What stands behind the bound tells requests apart too.
        guard !isText, members.count < FieldText.maximumMembers else { return lines.joined(separator: ", ") }
        switch name {
        case "accept-encoding", "accept-language", "accept-charset": return AcceptList.normalized(members)
        default: return members.joined(separator: ",")
        }
    }

    private static func append(_ text: String, to key: inout [UInt8]) {
        let count = UInt32(truncatingIfNeeded: text.utf8.count)
        withUnsafeBytes(of: count.bigEndian) { key.append(contentsOf: $0) }
        key.append(contentsOf: text.utf8)
    }
}

/// `Accept-Encoding` and its like (RFC 9110 §12.4–§12.5) in one spelling: order, case, white space and the spelling of
/// weights carry no meaning, the weights themselves do.
enum AcceptList {
    static func normalized(_ members: [Substring]) -> String {
        var weights: [String: Int] = [:]
        for member in members {
            guard let (name, weight) = parse(member), weights[name] == nil else {
                // Not understood or contradictory: the text itself tells variants apart.
                return members.joined(separator: ",")
            }
            weights[name] = weight
        }
        return weights.sorted { $0.key < $1.key }
            .map { $0.value == 1000 ? $0.key : "\($0.key);q=\($0.value)" }.joined(separator: ",")
    }

    /// A name in lower case and its weight in thousandths.
    private static func parse(_ member: Substring) -> (String, Int)? {
        let parts = FieldText.split(member, at: UInt8(ascii: ";")).map(FieldText.trim)
        guard let first = parts.first, FieldText.isToken(first), parts.count <= 2 else { return nil }
        let lowered = FieldText.lowercased(first)
        // RFC 9110 §8.4.1.3: the same coding under its old names.
        let name = lowered == "x-gzip" ? "gzip" : lowered == "x-compress" ? "compress" : lowered
        guard parts.count == 2 else { return (name, 1000) }
        guard parts[1].utf8.count >= 3, FieldText.equal(parts[1].prefix(2), "q="),
            let weight = weight(parts[1].dropFirst(2))
        else { return nil }
        return (name, weight)
    }

    /// `0[.ddd]` or `1[.000]` (RFC 9110 §12.4.2) in thousandths.
    private static func weight(_ text: Substring) -> Int? {
        let bytes = Array(text.utf8)
        guard (1...5).contains(bytes.count), bytes.count != 2 || bytes[1] == UInt8(ascii: ".") else { return nil }
        guard let whole = FieldText.digits(text.prefix(1), ceiling: 9), whole <= 1 else { return nil }
        var thousandths = whole * 1000
        if bytes.count > 1 {
            guard bytes[1] == UInt8(ascii: ".") else { return nil }
            var unit = 100
            for byte in bytes[2...] {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                thousandths += Int(byte - UInt8(ascii: "0")) * unit
                unit /= 10
            }
        }
        return thousandths <= 1000 ? thousandths : nil
    }
}
