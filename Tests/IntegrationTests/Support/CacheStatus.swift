/// riffle's member of a `Cache-Status` field (RFC 9211), read back.
struct CacheStatus: Equatable, Sendable {
    private let parameters: [String: String]

    /// Nil when the field has no member of riffle's.
    init?(_ field: String) {
        guard let member = Self.split(field, at: ",").first(where: { Self.split($0, at: ";").first == "riffle" }) else {
            return nil
        }
        var parameters: [String: String] = [:]
        for parameter in Self.split(member, at: ";").dropFirst() {
            let sides = parameter.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = sides.first else { continue }
            var value = sides.count > 1 ? sides[1] : ""
            if value.count >= 2, value.first == "\"", value.last == "\"" {
                value = String(value.dropFirst().dropLast())
            }
            parameters[name] = value
        }
        self.parameters = parameters
    }

    var isHit: Bool { parameters["hit"] != nil }
    var isStored: Bool { parameters["stored"] != nil }
    var isCollapsed: Bool { parameters["collapsed"] != nil }
    var forward: String? { parameters["fwd"] }
    var detail: String { parameters["detail"] ?? "" }
    var ttl: Int? { parameters["ttl"].flatMap { Int($0) } }
    /// Whether a prefetch had brought the entry.
    var isPrefetched: Bool { detail.contains("prefetch") }

    /// Splits outside quotes and trims.
    private static func split(_ text: String, at separator: Character) -> [String] {
        var parts = [""]
        var quoted = false
        for character in text {
            if character == "\"" { quoted.toggle() }
            if character == separator, !quoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map { part in
            let start = part.drop { $0 == " " }
            return String(start.reversed().drop { $0 == " " }.reversed())
        }
    }
}
