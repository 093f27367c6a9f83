import NIOHTTP1

/// An entity tag (RFC 9110 §8.8.3).
package struct EntityTag: Sendable, Hashable {
    package var isWeak: Bool
    /// With its quotes, exactly as sent.
    package var opaque: String

    /// nil when `text` is not exactly one entity tag.
    package init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        isWeak = rest.hasPrefix("W/")
        if isWeak { rest = rest.dropFirst(2) }
        let bytes = Array(rest.utf8)
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") else { return nil }
        let isTag = bytes[1..<(bytes.count - 1)].allSatisfy { $0 == 0x21 || ($0 >= 0x23 && $0 != 0x7F) }
        guard isTag else { return nil }
        opaque = String(rest)
    }

    package var text: String { isWeak ? "W/" + opaque : opaque }

    /// Weak comparison (RFC 9110 §8.8.3.2).
    package func matchesWeakly(_ other: EntityTag) -> Bool { opaque == other.opaque }

    /// Strong comparison: both strong and equal.
    package func matchesStrongly(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }
}

/// A list of entity tags or `*` (RFC 9110 §13.1.1–§13.1.2).
package enum EntityTagList: Sendable, Equatable {
    case any
    case tags([EntityTag])

    /// nil when the field is absent. Members that are no entity tags match nothing, and `*` counts only alone.
    package init?(_ fields: HTTPHeaders, _ name: String) {
        let lines = fields[name]
        guard !lines.isEmpty else { return nil }
        let members = Self.members(lines)
        if members.count == 1, members.first == "*" {
            self = .any
        } else {
            self = .tags(members.compactMap { EntityTag($0) })
        }
    }

    /// Tags may hold commas and have no escapes, so a backslash before the closing quote ends the tag all the same.
    private static func members(_ lines: [String]) -> [Substring] {
        var found: [Substring] = []
        for line in lines {
            var rest = line[...]
            while !rest.isEmpty, found.count < FieldText.maximumMembers {
                var quoted = false
                let bytes = rest.utf8
                let end =
                    bytes.firstIndex { byte in
                        if byte == UInt8(ascii: "\"") { quoted.toggle() }
                        return byte == UInt8(ascii: ",") && !quoted
                    } ?? bytes.endIndex
                let member = FieldText.trim(rest[..<end])
                if !member.isEmpty { found.append(member) }
                rest = end < bytes.endIndex ? rest[bytes.index(after: end)...] : rest[bytes.endIndex...]
            }
        }
        return found
    }
}

/// What identifies the state of a stored representation (RFC 9110 §8.8).
package struct Validators: Sendable, Equatable {
    package var entityTag: EntityTag?
    /// As sent; nil when it is no valid date.
    package var lastModified: String?
    /// Unix seconds.
    package var modified: Int?
    /// The `Date` of the response, unix seconds.
    package var date: Int?

    package init(_ fields: HTTPHeaders) {
        let tags = fields["etag"]
        entityTag = tags.count == 1 ? tags.first.flatMap { EntityTag(FieldText.trim($0)) } : nil
        let lines = fields["last-modified"]
        if lines.count == 1, let text = lines.first.map({ FieldText.trim($0) }), let parsed = HTTPDate.parse(text) {
            lastModified = String(text)
            modified = parsed
        }
        let dates = fields["date"]
        date = dates.count == 1 ? dates.first.flatMap { HTTPDate.parse(FieldText.trim($0)) } : nil
    }

    /// Whether the origin can be asked about the representation.
    package var isUsable: Bool { entityTag != nil || lastModified != nil }

    /// Whether the date of modification may be compared as a strong validator: a cache wants a full second between it
    /// and the response's `Date` (RFC 9110 §8.8.2.2).
    package var isModifiedStrong: Bool {
        guard let modified, let date else { return false }
        return date - modified >= 1
    }
}
