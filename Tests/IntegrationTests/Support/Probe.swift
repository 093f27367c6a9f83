import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// What came back.
struct Answer: Sendable {
    let status: Int
    let fields: HTTPHeaders
    let body: ByteBuffer

    var text: String { String(buffer: body) }
    subscript(_ name: String) -> String? { fields.first(name: name) }

    /// What riffle says it did; nil from a server without it.
    var cache: CacheStatus? { fields["cache-status"].lazy.compactMap { CacheStatus($0) }.first }
    var isHit: Bool { cache?.isHit == true }
}

/// A small HTTP client: it follows no redirects, decodes nothing and keeps connections.
struct Probe: Sendable {
    /// Scheme, host and port, no final slash.
    let base: String
    /// Sent as `Authorization` when set.
    var credential: String?
    /// Sent as `Host` when set: the name under which several riffles serve the same.
    var host: String?

    static let largestBody = 64 << 20
    static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1_200
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    }()

    func with(_ credential: String) -> Probe {
        var copy = self
        copy.credential = credential
        return copy
    }

    func named(_ host: String) -> Probe {
        var copy = self
        copy.host = host
        return copy
    }

    func send(
        _ method: String, _ path: String, _ fields: [String: String] = [:], body: String
    ) async throws -> Answer {
        try await send(method, path, fields, body: ByteBuffer(string: body))
    }

    func send(
        _ method: String, _ path: String, _ fields: [String: String] = [:], body: ByteBuffer? = nil,
        within limit: TimeAmount = .seconds(60)
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = .RAW(value: method)
        for (name, value) in fields { request.headers.add(name: name, value: value) }
        if let credential { request.headers.add(name: "Authorization", value: credential) }
        if let host { request.headers.replaceOrAdd(name: "Host", value: host) }
        if let body { request.body = .bytes(body) }
        let response = try await Self.client.execute(request, timeout: limit)
        let content = try await response.body.collect(upTo: Self.largestBody)
        return Answer(status: Int(response.status.code), fields: response.headers, body: content)
    }

    // MARK: WebDAV

    /// The properties a file manager asks for.
    static let properties = """
        <?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/>\
        <D:getetag/><D:getlastmodified/></D:prop></D:propfind>
        """

    /// Opens a folder as a WebDAV client does.
    func open(_ folder: String, depth: String = "1", _ fields: [String: String] = [:]) async throws -> Answer {
        try await send(
            "PROPFIND", folder,
            ["Depth": depth, "Content-Type": "application/xml"].merging(fields) { $1 }, body: Self.properties)
    }

    /// Opens a folder and reads the members out of the answer.
    func listing(_ folder: String) async throws -> Listing {
        try Listing(await open(folder))
    }
}
