import NIOHTTP1
import RiffleHTTP

/// The fields of a request on its way to the origin, and of its answer on the way back: names of hosts are translated so
/// that neither side notices riffle, and what belongs to one connection stays on it.
struct OriginFields: Sendable {
    let origin: OriginURL
    let host: Settings.OriginHost
    /// How clients reach riffle.
    var clientScheme = "http"
    /// The cookies fills may carry.
    var cookies = IdentityCookies.all
    /// Proxies in front of riffle whose word on where a request came from is passed on.
    var trusted: [AddressRange] = []

    /// What riffle is called in `Via` (RFC 9110 §7.6.3).
    static let viaName = "riffle"

    /// Said by riffle itself or not at all: from clients they are never passed on.
    private static let ownWord = ["client-cert", "client-cert-chain", "x-forwarded-client-cert"]

    /// Whether client and origin see different URLs: another host, or the same under another scheme.
    private var translates: Bool { host != .preserve || clientScheme != origin.scheme }

    /// Fields for a request that streams through.
    func forward(_ request: RequestMessage, remoteAddress: String) -> HTTPHeaders {
        var fields = request.fields
        HopByHop.strip(&fields)
        for name in ["expect", "content-length", "host"] { fields.remove(name: name) }
        announceTrailers(of: request, in: &fields)
        let client = request.authority
        fields.replaceOrAdd(name: "Host", value: hostField(client))
        if translates {
            translate("destination", in: &fields) { rewrite($0, from: client) }
            translate("if", in: &fields) { rewriteTags($0, from: client) }
        }
        for name in Self.ownWord { fields.remove(name: name) }
        if let certificate = request.certificate { fields.add(name: "Client-Cert", value: certificate.field) }
        if case .forward(let left) = MaxForwards.step(method: request.method, fields) {
            fields.replaceOrAdd(name: "Max-Forwards", value: String(left))
        }
        Via.append(Self.viaName, version: request.version, to: &fields)
        let isTrusted = trusted.contains {
            $0.contains(remoteAddress == ForwardedFields.unixPeer ? nil : remoteAddress)
        }
        ForwardedFields(client: remoteAddress, scheme: clientScheme, host: client).write(
            into: &fields, keepingEarlier: isTrusted)
        return fields
    }

    /// Says which trailer fields will stand behind the body, and that those of the answer will be passed on (RFC 9110
    /// §6.6.2, §10.1.4).
    private func announceTrailers(of request: RequestMessage, in fields: inout HTTPHeaders) {
        if request.framing == .chunked, request.body == nil {
            let names = TrailerFields.announced(request.fields).filter(Self.isTrailer)
            if !names.isEmpty { fields.add(name: "Trailer", value: names.joined(separator: ", ")) }
        }
        guard TrailerFields.areAccepted(request.fields) else { return }
        fields.add(name: "TE", value: "trailers")
        fields.add(name: "Connection", value: "TE")
    }

    /// The trailer fields of a request that go on to the origin; nil when there are none.
    static func trailers(_ fields: HTTPHeaders) -> HTTPHeaders? {
        guard let allowed = TrailerFields.allowed(fields) else { return nil }
        let kept = allowed.filter { isTrailer($0.name) }
        return kept.isEmpty ? nil : HTTPHeaders(kept.map { ($0.name, $0.value) })
    }

    /// Whether a server that adds trailer fields to those of the head would not be misled by this one.
    private static func isTrailer(_ name: String) -> Bool {
        let name = name.lowercased()
        return !ownWord.contains(name) && !ForwardedFields.isKin(name) && !name.hasPrefix("x-http-method")
            && !name.hasPrefix("proxy-") && name != OriginCalls.field.lowercased()
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
        cookies.strip(&fields)
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

    /// Fields of a message from the origin that goes on to a client: with the hop it came through (RFC 9110 §7.6.3), and
    /// the date of its receipt where it has none (RFC 9110 §6.6.1).
    func answer(_ head: HTTPResponseHead, to client: String) -> HTTPHeaders {
        var fields = backward(head.headers, to: client)
        if !fields.contains(name: "date") {
            fields.add(name: "Date", value: HTTPDate.format(Int(WallTime.now().milliseconds / 1_000)))
        }
        Via.append(Self.viaName, version: "\(head.version.major).\(head.version.minor)", to: &fields)
        return fields
    }

    /// An interim answer as the client may see it.
    func interim(_ head: HTTPResponseHead, to client: String) -> ResponseHead {
        ResponseHead(
            status: Int(head.status.code), reason: head.status.reasonPhrase,
            fields: backward(head.headers, to: client))
    }

    /// An absolute URL of the origin, out of a body, as clients reach the same through riffle; nil for one of another place.
    func translated(link: String, to client: String) -> String? {
        // A path alone leads to the same place from both sides.
        if link.hasPrefix("/"), !link.hasPrefix("//") { return link }
        guard !client.isEmpty else { return nil }
        for base in ["\(origin.scheme)://\(hostField(client))", origin.description, "\(clientScheme)://\(client)"]
        where Self.hasAuthority(link, base) {
            return "\(clientScheme)://\(client)" + link.dropFirst(base.count)
        }
        return nil
    }

    /// How the origin's own URLs begin.
    func bases(_ client: String) -> [String] {
        ["\(origin.scheme)://\(hostField(client))", origin.description]
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
