import NIOHTTP1

/// What of a response's own word on caching an operator chose to disregard, beyond what HTTP allows a cache: for services
/// that forbid to store everything they say, whatever it is.
///
/// Only `Cache-Control` and `Expires` are read without it; a targeted field (RFC 9213) is meant for this very cache and
/// stays as it is.
package struct DisregardedDirectives: Sendable, Equatable {
    package static let known: Set<String> = [
        "no-store", "no-cache", "private", "must-revalidate", "proxy-revalidate", "max-age", "s-maxage", "expires",
    ]

    private let names: Set<String>

    /// Nothing is disregarded.
    package init() {
        names = []
    }

    /// nil unless every name is one that can be disregarded.
    package init?(_ names: [String]) {
        self.names = Set(names)
        guard self.names.isSubset(of: Self.known) else { return nil }
    }

    /// The fields as they count for storing.
    package func apply(to fields: HTTPHeaders) -> HTTPHeaders {
        guard !names.isEmpty else { return fields }
        var fields = fields
        if names.contains("expires") { fields.remove(name: "expires") }
        let lines = fields["cache-control"]
        guard !lines.isEmpty else { return fields }
        let kept = FieldText.members(lines).filter { member in
            let name = member.prefix { $0 != "=" && $0 != " " && $0 != "\t" }
            return !names.contains(FieldText.lowercased(name))
        }
        fields.remove(name: "cache-control")
        if !kept.isEmpty { fields.add(name: "Cache-Control", value: kept.joined(separator: ", ")) }
        return fields
    }
}
