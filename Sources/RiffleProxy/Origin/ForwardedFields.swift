import NIOHTTP1

/// What an origin learns of where a request came from (RFC 7239 and the fields it replaced): said by riffle itself. What
/// a client says of it counts for nothing, unless the client is a proxy the operator trusts.
struct ForwardedFields {
    /// How the peer of a unix socket is called.
    static let unixPeer = "unix"

    let client: String
    let scheme: String
    let host: String

    /// Other names under which servers look for the same; a stranger's are dropped.
    private static let kin: Set<String> = [
        "forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-forwarded-for", "true-client-ip",
        "cf-connecting-ip", "fastly-client-ip", "x-original-url", "x-rewrite-url", "x-host", "x-original-host",
        "x-http-host-override", "x-scheme",
        "x-url-scheme", "front-end-https",
    ]

    static func isKin(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("x-forwarded") || kin.contains(name)
    }

    /// - Parameter keepsEarlier: whether what the request says already stays, with this hop behind it.
    func write(into fields: inout HTTPHeaders, keepingEarlier keepsEarlier: Bool) {
        if !keepsEarlier {
            for name in Set(fields.map(\.name).filter(Self.isKin)) { fields.remove(name: name) }
        }
        append("X-Forwarded-For", client, to: &fields)
        if !fields.contains(name: "x-forwarded-proto") { fields.add(name: "X-Forwarded-Proto", value: scheme) }
        if !host.isEmpty, !fields.contains(name: "x-forwarded-host") {
            fields.add(name: "X-Forwarded-Host", value: host)
        }
        append("Forwarded", element, to: &fields)
    }

    private func append(_ name: String, _ value: String, to fields: inout HTTPHeaders) {
        let earlier = fields[name]
        fields.replaceOrAdd(name: name, value: (earlier + [value]).joined(separator: ", "))
    }

    /// One hop (RFC 7239 §4): an IPv6 address stands in brackets and quotes.
    private var element: String {
        let node =
            client == Self.unixPeer ? "unknown" : client.contains(":") ? "\"[\(client)]\"" : client
        return "for=\(node);proto=\(scheme)" + (host.isEmpty ? "" : ";host=\"\(host)\"")
    }
}
