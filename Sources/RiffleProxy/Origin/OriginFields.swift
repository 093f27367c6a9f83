import NIOHTTP1
import RiffleHTTP

/// The fields of a request on its way to the origin, and of its answer on the way back: names of hosts are translated so
/// that neither side notices riffle, and what belongs to one connection stays on it.
struct OriginFields: Sendable {
    let origin: OriginURL
    let host: Settings.OriginHost
    /// How clients reach riffle.
    var clientScheme = "http"

    /// What riffle is called in `Via` (RFC 9110 §7.6.3).
    static let viaName = "riffle"

    /// Whether client and origin see different URLs: another host, or the same under another scheme.
    private var translates: Bool { host != .preserve || clientScheme != origin.scheme }

    /// Fields for a request that streams through.
    func forward(_ request: RequestMessage, remoteAddress: String) -> HTTPHeaders {
        var fields = request.fields
        HopByHop.strip(&fields)
        for name in ["expect", "content-length", "host"] { fields.remove(name: name) }
        let client = request.authority
        fields.replaceOrAdd(name: "Host", value: hostField(client))
        if translates {
            translate("destination", in: &fields) { rewrite($0, from: client) }
            translate("if", in: &fields) { rewriteTags($0, from: client) }
        }
        for name in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] {
            fields.remove(name: name)
        }
        if case .forward(let left) = MaxForwards.step(method: request.method, fields) {
            fields.replaceOrAdd(name: "Max-Forwards", value: String(left))
        }
        Via.append(Self.viaName, version: request.isHTTP11 ? "1.1" : "1.0", to: &fields)
        fields.add(name: "X-Forwarded-For", value: remoteAddress)
        fields.add(name: "X-Forwarded-Proto", value: clientScheme)
        if !client.isEmpty { fields.add(name: "X-Forwarded-Host", value: client) }
        return fields
    }

    /// Fields for a fill: the whole listing is wanted, whatever the client already has, in its plain coding.
    func fill(_ request: RequestMessage, remoteAddress: String) -> HTTPHeaders {
        var fields = forward(request, remoteAddress: remoteAddress)
        for name in [
            "if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range",
            "accept-encoding", "cache-control", "pragma",
        ] {
            fields.remove(name: name)
        }
        return fields
    }

    /// Fields for a question of riffle's own on behalf of a client.
    func lookUp(_ request: RequestMessage, remoteAddress: String) -> HTTPHeaders {
        var fields = fill(request, remoteAddress: remoteAddress)
        for name in ["content-type", "content-encoding", "content-range", "prefer", "accept"] {
            fields.remove(name: name)
        }
        fields.add(name: "Accept", value: "application/json")
        return fields
    }

    /// An absolute URL of the origin as a target there; nil for one of another place.
    func target(of url: String) -> String? {
        let base = "\(origin.scheme)://\(hostField(""))"
        let found = [base, origin.description].first { Self.hasAuthority(url, $0) }
        return found.map { String(url.dropFirst($0.count)) }
    }

    /// The question to a monitor at the origin; nil for one of another place. It carries no credential: its URL is the
    /// secret.
    func monitor(_ url: String) -> OriginRequest? {
        guard let target = target(of: url) else { return nil }
        return OriginRequest(
            method: "GET", isSafe: true, target: target,
            fields: ["Host": hostField(""), "Accept": "application/json"], body: .none)
    }

    /// Fields of the origin's answer as the client may see them.
    func backward(_ fields: HTTPHeaders, to client: String) -> HTTPHeaders {
        var fields = fields
        HopByHop.strip(&fields)
        guard translates, !client.isEmpty else { return fields }
        for name in ["location", "content-location"] {
            translate(name, in: &fields) { value in
                for base in ["\(origin.scheme)://\(hostField(client))", origin.description]
                where Self.hasAuthority(value, base) {
                    return "\(clientScheme)://\(client)" + value.dropFirst(base.count)
                }
                return value
            }
        }
        return fields
    }

    /// An absolute URL of the origin, out of a body, as clients reach the same through riffle; nil for one of another place.
    func translated(link: String, to client: String) -> String? {
        guard !client.isEmpty else { return nil }
        for base in ["\(origin.scheme)://\(hostField(client))", origin.description, "\(clientScheme)://\(client)"]
        where Self.hasAuthority(link, base) {
            return "\(clientScheme)://\(client)" + link.dropFirst(base.count)
        }
        return nil
    }

    private func hostField(_ client: String) -> String {
        switch host {
        case .origin: origin.authority
        case .preserve: client.isEmpty ? origin.authority : client
        case .name(let name): name
        }
    }

    private func translate(_ name: String, in fields: inout HTTPHeaders, _ change: (String) -> String) {
        guard fields.contains(name: name) else { return }
        var changed = HTTPHeaders()
        changed.reserveCapacity(fields.count)
        for (field, value) in fields {
            changed.add(name: field, value: field.lowercased() == name ? change(value) : value)
        }
        fields = changed
    }

    /// `http://client/path` becomes `http://origin/path`; anything else stays as it is.
    private func rewrite(_ url: String, from client: String) -> String {
        for scheme in ["http://", "https://"] where Self.hasAuthority(url, scheme + client) {
            return "\(origin.scheme)://\(hostField(client))" + url.dropFirst(scheme.count + client.count)
        }
        return url
    }

    /// Tagged lists of `If` name resources by absolute URL: `<http://client/path> (<token>)` (RFC 4918 §10.4).
    private func rewriteTags(_ value: String, from client: String) -> String {
        var result = ""
        var rest = Substring(value)
        while let open = rest.firstIndex(of: "<") {
            let start = rest.index(after: open)
            guard let close = rest[start...].firstIndex(of: ">") else { break }
            result += rest[..<start]
            result += rewrite(String(rest[start..<close]), from: client)
            rest = rest[close...]
        }
        return result + rest
    }

    /// Whether `url` starts with `base` as scheme and whole authority, not merely as a prefix of a longer name.
    private static func hasAuthority(_ url: String, _ base: String) -> Bool {
        guard url.count >= base.count, url.prefix(base.count).lowercased() == base.lowercased() else { return false }
        guard let next = url.dropFirst(base.count).first else { return true }
        return next == "/" || next == "?"
    }
}
