import NIOHTTP1

/// Responses that stand and fall together (RFC 9875).
package enum CacheGroups {
    /// Groups one response may name; the RFC asks for at least 32, more are ignored.
    package static let maximumGroups = 128
    /// Bytes of one group's name; the RFC asks for at least 32.
    package static let maximumBytes = 256

    /// The groups a stored response belongs to.
    package static func members(_ response: HTTPHeaders) -> [String] {
        parse(response["cache-groups"])
    }

    /// The groups to invalidate, which only the non-error answer to an unsafe method may name (RFC 9875 §3). Groups
    /// are those of the same origin.
    package static func invalidated(method: Method, status: Int, _ response: HTTPHeaders) -> [String] {
        guard !method.isSafe, Invalidation.isNonError(status) else { return [] }
        return parse(response["cache-group-invalidation"])
    }

    /// A list of strings; a member of another type spoils the field.
    private static func parse(_ lines: [String]) -> [String] {
        guard !lines.isEmpty, let list = StructuredList(lines) else { return [] }
        var groups: [String] = []
        for member in list.members {
            guard case .string(let name) = member, name.utf8.count <= maximumBytes else { return [] }
            groups.append(name)
        }
        return Array(groups.prefix(maximumGroups))
    }
}
