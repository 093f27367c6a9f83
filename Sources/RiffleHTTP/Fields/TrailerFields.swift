import NIOHTTP1

/// Which trailer fields go on with a message (RFC 9110 §6.5.1): none that say how to frame, route, authenticate, process
/// or cache it, since whoever read its head has acted without them.
package enum TrailerFields {
    static let forbidden: Set<String> = HopByHop.fixed.union(HopByHop.protected).union([
        "www-authenticate", "authentication-info", "expect", "retry-after", "warning", "server", "allow",
        "cache-status", "cache-groups", "cache-group-invalidation", "content-disposition", "content-security-policy",
        "strict-transport-security", "link",
    ])

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
