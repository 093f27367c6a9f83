import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Sends requests on to a real server, so that it becomes as slow and faulty as asked. Both bodies stream.
struct UpstreamProxy: Sendable {
    private let base: String
    private let authority: String
    private let client: HTTPClient

    /// How long the real server may take to begin its answer.
    static let responseTimeout: TimeAmount = .seconds(120)

    /// RFC 9110 §7.6.1, and what the client library writes itself.
    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host",
        "proxy-authenticate", "proxy-authorization", "expect",
    ]

    init(_ url: String) throws(SlowOriginError) {
        let trimmed = url.hasSuffix("/") ? String(url.dropLast()) : url
        let scheme = trimmed.hasPrefix("http://") ? "http://" : trimmed.hasPrefix("https://") ? "https://" : nil
        guard let scheme, trimmed.utf8.count > scheme.utf8.count, !trimmed.dropFirst(scheme.count).contains("/") else {
            throw .invalid("upstream '\(url)' is not http://HOST[:PORT] or https://HOST[:PORT] (no path)")
        }
        base = trimmed
        authority = String(trimmed.dropFirst(scheme.count))
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes the connections; whoever made the proxy must call it at the end.
    func shutdown() async {
        try? await client.shutdown()
    }

    func respond(to request: Request) async throws -> Response {
        var outgoing = HTTPClientRequest(url: base + (request.head.path ?? "/"))
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        let dropped = Self.hopByHop.union(Self.listed(request.headers[values: .connection]))
        for field in request.headers where !dropped.contains(field.name.canonicalName) {
            outgoing.headers.add(name: field.name.rawName, value: field.value)
        }
        if let destination = request.headers[.destination], let own = request.head.authority,
            let moved = Self.move(destination, from: own, to: base)
        {
            outgoing.headers.replaceOrAdd(name: "Destination", value: moved)
        }
        if let text = request.headers[.contentLength], let length = Int64(text) {
            if length > 0 { outgoing.body = .stream(request.body, length: .known(length)) }
        } else if request.headers[.transferEncoding] != nil {
            outgoing.body = .stream(request.body, length: .unknown)
        }
        outgoing.headers.remove(name: "content-length")

        let answer: HTTPClientResponse
        do {
            answer = try await client.execute(outgoing, timeout: Self.responseTimeout)
        } catch {
            throw Refusal(.badGateway, "the upstream did not answer: \(error)")
        }
        return respond(with: answer, to: request)
    }

    private func respond(with answer: HTTPClientResponse, to request: Request) -> Response {
        let dropped = Self.hopByHop.union(Self.listed(answer.headers["connection"]))
        var headers = HTTPFields()
        for (name, value) in answer.headers where !dropped.contains(name.lowercased()) {
            guard let name = HTTPField.Name(name) else { continue }
            let moved = request.head.authority.flatMap {
                name == .location ? Self.move(value, from: authority, to: "http://\($0)") : nil
            }
            headers.append(HTTPField(name: name, value: moved ?? value))
        }
        let status = HTTPResponse.Status(code: Int(answer.status.code), reasonPhrase: answer.status.reasonPhrase)
        let hasNoBody = request.method == .head || status.code == 204 || status.code == 304
        if hasNoBody {
            var response = Response(status: status, headers: headers)
            if headers[.contentLength] == nil { response.headers[.contentLength] = nil }
            return response
        }
        let length = headers[.contentLength].flatMap { Int($0) }
        let body = answer.body
        return Response(
            status: status, headers: headers,
            body: ResponseBody(contentLength: length) { writer in
                for try await buffer in body { try await writer.write(buffer) }
                try await writer.finish(nil)
            })
    }

    /// `url` with `base` in place of `http(s)://authority`; nil if it names another server.
    static func move(_ url: String, from authority: String, to base: String) -> String? {
        for scheme in ["http://", "https://"] {
            let prefix = scheme + authority
            guard url.lowercased().hasPrefix(prefix.lowercased()) else { continue }
            let rest = url.dropFirst(prefix.count)
            if rest.isEmpty || rest.hasPrefix("/") { return base + rest }
        }
        return nil
    }

    private static func listed(_ values: [String]) -> Set<String> {
        Set(
            values.flatMap { $0.lowercased().split(separator: ",") }
                .map { $0.filter { $0 != " " && $0 != "\t" } })
    }
}
