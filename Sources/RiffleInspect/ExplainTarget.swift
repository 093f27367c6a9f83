/// What an operator pastes, a path or a whole URL, as a request target and a host. Never holds user information.
package struct ExplainTarget: Sendable, Equatable {
    package let host: String?
    /// Path and query.
    package let target: String

    package var path: String {
        String(target.prefix { $0 != "?" })
    }

    /// Nil for what is neither; a fragment is dropped.
    package init?(_ text: String) {
        var rest = text.prefix { $0 != "#" }
        guard !rest.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        if rest.first == "/" {
            host = nil
            target = String(rest)
            return
        }
        guard let scheme = ["http://", "https://"].first(where: { rest.lowercased().hasPrefix($0) }) else { return nil }
        rest = rest.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let named = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        guard !named.isEmpty else { return nil }
        host = String(named)
        let after = rest.dropFirst(authority.count)
        target = after.first == "/" ? String(after) : "/" + after
    }
}

extension ExplainQuery.Field {
    /// From `Name: value`; nil without a name or with a line break.
    package init?(line: String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            parts[1].utf8.allSatisfy({ $0 != 0x0A && $0 != 0x0D && $0 != 0 })
        else { return nil }
        var value = parts[1]
        while value.first == " " || value.first == "\t" { value = value.dropFirst() }
        self.init(String(parts[0]), String(value))
    }
}
