import NIOHTTP1

/// Which trailer fields go on with a message (RFC 9110 §6.5.1): none that say how to frame, route, authenticate, process
/// or cache it, since whoever read its head has acted without them.
package enum TrailerFields {
    static let forbidden: Set<String> = HopByHop.fixed.union(HopByHop.protected).union([
        "www-authenticate", "authentication-info", "expect", "retry-after", "warning", "server", "allow",
        "cache-status", "cache-groups", "cache-group-invalidation", "content-disposition", "content-security-policy",
        "strict-transport-security", "link", "x-method-override",
    ])

    /// The allowed ones of those that a message announces (RFC 9110 §6.6.2).
    package static func announced(_ fields: HTTPHeaders) -> [String] {
        FieldText.members(fields["trailer"]).filter { FieldText.isToken($0) }.map(String.init)
            .filter { !forbidden.contains(FieldText.lowercased($0)) }
    }

    /// Whether the sender of a request takes trailer fields in the answer (RFC 9110 §10.1.4).
    package static func areAccepted(_ fields: HTTPHeaders) -> Bool {
        FieldText.members(fields["te"]).contains { FieldText.lowercased($0) == "trailers" }
    }

    /// nil when none is left, or when they are no fields.
    package static func allowed(_ fields: HTTPHeaders) -> HTTPHeaders? {
        guard ResponseHeadRules.check(status: 200, fields) == nil else { return nil }
        var kept = HTTPHeaders()
        for (name, value) in fields where !forbidden.contains(FieldText.lowercased(name)) {
            kept.add(name: name, value: value)
        }
        return kept.isEmpty ? nil : kept
    }
}
