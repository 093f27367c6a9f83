/// The slow service riffle stands in front of: scheme, host and port, no path.
///
/// A path would have to be taken out of every link inside listings; an origin below a path is opened through riffle by
/// that same path instead.
package struct OriginURL: Sendable, Equatable {
    package let isTLS: Bool
    package let host: String
    package let port: Int

    package init?(_ text: String) {
        let lowered = text.lowercased()
        let scheme = lowered.hasPrefix("http://") ? "http://" : lowered.hasPrefix("https://") ? "https://" : nil
        guard let scheme else { return nil }
        var rest = text.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.isEmpty, !rest.contains(where: { "/?#@ ".contains($0) }) else { return nil }
        isTLS = scheme == "https://"
        var host = String(rest)
        var port = isTLS ? 443 : 80
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            guard let given = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(given) else { return nil }
            port = given
            host = String(rest[..<colon])
        }
        guard !host.isEmpty, host.hasPrefix("[") == host.contains(":") else { return nil }
        self.host = host.lowercased()
        self.port = port
    }

    package var scheme: String { isTLS ? "https" : "http" }

    /// Host and, unless it is the scheme's own, port: as a `Host` field says it.
    package var authority: String {
        port == (isTLS ? 443 : 80) ? host : "\(host):\(port)"
    }

    package var description: String { "\(scheme)://\(authority)" }
}
