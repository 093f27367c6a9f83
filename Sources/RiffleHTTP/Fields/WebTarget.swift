/// An http or https URL as cache rules need it: who serves it, and what is asked for (RFC 3986, RFC 9110 §4.3.1).
package struct WebTarget: Sendable, Hashable {
    /// Bytes of a reference that is looked at.
    static let maximumBytes = 8_192

    /// In lower case.
    package var scheme: String
    /// In lower case, without the port.
    package var host: String
    package var port: Int
    /// Path and query, exactly as written but without dot segments.
    package var path: String

    package init(scheme: String, host: String, port: Int, path: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
    }

    /// An absolute URL; nil for one with user information, another scheme, or a malformed authority.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumBytes, text.utf8.allSatisfy(ByteScan.isVisible) else { return nil }
        let lowered = FieldText.lowercased(text.prefix(8))
        let scheme = lowered.hasPrefix("http://") ? "http" : lowered.hasPrefix("https://") ? "https" : ""
        guard !scheme.isEmpty else { return nil }
        self.init(scheme: scheme, behindScheme: text.dropFirst(scheme.utf8.count + 3))
    }

    /// `scheme` and `authority` of a request (its `Host`) with a path.
    package init?(scheme: String, authority: String, path: String) {
        self.init(scheme: scheme, behindScheme: authority + path)
    }

    private init?(scheme: String, behindScheme rest: some StringProtocol) {
        let end = rest.utf8.firstIndex { "/?#".utf8.contains($0) } ?? rest.utf8.endIndex
        guard let (host, port) = Self.authority(String(rest[..<end]), scheme: scheme) else { return nil }
        self.init(scheme: scheme, host: host, port: port, path: Self.normalized(String(rest[end...])))
    }

    /// A reference found in a response to this target (RFC 3986 §5.2); nil when it is none of http.
    package func resolve(_ reference: String) -> WebTarget? {
        guard reference.utf8.count <= Self.maximumBytes, reference.utf8.allSatisfy(ByteScan.isVisible) else {
            return nil
        }
        if reference.hasPrefix("//") { return WebTarget(scheme: scheme, behindScheme: reference.dropFirst(2)) }
        if let colon = reference.utf8.firstIndex(of: UInt8(ascii: ":")),
            !reference[..<colon].utf8.contains(where: { "/?#".utf8.contains($0) })
        {
            return WebTarget(reference)
        }
        var copy = self
        let ownPath = String(path.prefix { $0 != "?" })
        if reference.isEmpty || reference.hasPrefix("#") { return copy }
        if reference.hasPrefix("/") {
            copy.path = Self.normalized(reference)
        } else if reference.hasPrefix("?") {
            copy.path = Self.normalized(ownPath + reference)
        } else {
            let folder = ownPath.lastIndex(of: "/").map { ownPath[...$0] } ?? "/"
            copy.path = Self.normalized(folder + reference)
        }
        return copy
    }

    package func isSameOrigin(as other: WebTarget) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    private static func authority(_ text: String, scheme: String) -> (String, Int)? {
        guard !text.isEmpty, text.utf8.allSatisfy(ByteScan.isHost) else { return nil }
        let standard = scheme == "https" ? 443 : 80
        let lowered = FieldText.lowercased(text)
        // The colons inside an IPv6 literal are none before a port.
        let hostEnd = lowered.lastIndex(of: "]").map { lowered.index(after: $0) } ?? lowered.startIndex
        guard let colon = lowered[hostEnd...].firstIndex(of: ":") else { return (lowered, standard) }
        let digits = lowered[lowered.index(after: colon)...]
        let host = String(lowered[..<colon])
        guard !host.isEmpty else { return nil }
        if digits.isEmpty { return (host, standard) }
        guard let port = FieldText.digits(digits, ceiling: 65_536), (1...65_535).contains(port) else { return nil }
        return (host, port)
    }

    /// Without fragment and dot segments (RFC 3986 §5.2.4), beginning with a slash.
    private static func normalized(_ text: String) -> String {
        let whole = text.prefix { $0 != "#" }
        let question = whole.firstIndex(of: "?") ?? whole.endIndex
        let query = whole[question...]
        var kept: [Substring] = []
        var endsInFolder = true
        for segment in whole[..<question].split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            endsInFolder = segment == "." || segment == ".."
            if segment == ".." { _ = kept.popLast() } else if segment != "." { kept.append(segment) }
        }
        if endsInFolder { kept.append("") }
        return "/" + kept.joined(separator: "/") + query
    }
}
