import NIOHTTP1

/// Which cookies say who is asking.
///
/// All do unless the operator names those that do. The others then neither divide listings nor reach the origin with a
/// fill: what is not in the key must not shape what is stored under it.
struct IdentityCookies: Sendable, Equatable {
    /// nil: every cookie.
    let names: [String]?

    static let all = IdentityCookies(names: nil)

    /// Appends what counts of one `Cookie` field.
    func append(_ field: UnsafeRawBufferPointer, to parts: inout CredentialParts) {
        guard let names else { return parts.append(.cookie, field) }
        for pair in field.split(separator: UInt8(ascii: ";")) {
            let pair = pair.drop { $0 == 0x20 || $0 == 0x09 }
            let isNamed = names.contains { name in
                pair.count > name.utf8.count && pair.starts(with: name.utf8)
                    && pair[pair.startIndex + name.utf8.count] == UInt8(ascii: "=")
            }
            if isNamed { parts.append(.cookie, pair) }
        }
    }

    /// Leaves in a fill only the cookies that are part of its key.
    func strip(_ fields: inout HTTPHeaders) {
        guard let names, fields.contains(name: "cookie") else { return }
        let pairs = fields["cookie"].map { $0.split(separator: ";") }.joined().map { pair in
            pair.drop { $0 == " " || $0 == "\t" }
        }
        fields.remove(name: "cookie")
        let kept = pairs.filter { pair in names.contains { pair.hasPrefix($0 + "=") } }
        if !kept.isEmpty { fields.add(name: "Cookie", value: kept.joined(separator: "; ")) }
    }
}
