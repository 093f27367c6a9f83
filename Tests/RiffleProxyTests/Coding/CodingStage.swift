import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import RiffleHTTP
import Testing

@testable import RiffleProxy

/// A riffle in front of an origin that lists folders as nginx does, and a client that sees bodies as they are coded.
struct CodingStage {
    let stage: CacheStage
    let client: HTTPClient

    var origin: ScriptedOrigin { stage.origin }

    static func with(
        _ change: (inout Settings) -> Void = { _ in }, _ body: (CodingStage) async throws -> Void
    ) async throws {
        try await CacheStage.with { settings in
            settings.cache.scope = .listings
            settings.origin.dialect = .autoindex
            change(&settings)
        } _: { stage in
            let client = HTTPClient(eventLoopGroupProvider: .singleton)
            let result: Result<Void, any Error>
            do { result = .success(try await body(CodingStage(stage: stage, client: client))) } catch {
                result = .failure(error)
            }
            try await client.shutdown()
            try result.get()
        }
    }

    /// A listing of about that many plain bytes.
    static func listing(bytes: Int, name: String = "a file of some name") -> String {
        let row = { (number: Int) in
            #"{ "name":"\#(name) \#(number)", "type":"file", "mtime":"Tue, 03 Mar 2026 12:00:33 GMT", "size":\#(number) }"#
        }
        return "[\n" + (0..<max(1, bytes / row(1_000).utf8.count)).map(row).joined(separator: ",\n") + "\n]\n"
    }

    static func answer(_ body: String, _ fields: [(String, String)] = []) -> OriginAnswer {
        OriginAnswer(
            fields: [("Content-Type", "application/json"), ("Cache-Control", "max-age=600")] + fields, body: body)
    }

    struct Got {
        var status: Int
        var fields: HTTPHeaders
        var body: ByteBuffer

        var isHit: Bool { fields.first(name: "cache-status")?.contains("; hit") ?? false }
        var coding: String? { fields.first(name: "content-encoding") }
        var tag: String? { fields.first(name: "etag") }

        /// The characters of the body, whatever its coding.
        var text: String {
            get throws {
                guard coding == "gzip" else { return String(buffer: body) }
                let reader = try #require(GzipReader())
                var rest = body
                var plain = ByteBuffer()
                while try !reader.read(&rest, limit: 1 << 20, into: &plain) {}
                #expect(reader.isComplete)
                return String(buffer: plain)
            }
        }
    }

    func get(_ path: String, taking coding: String? = nil, _ fields: [(String, String)] = [], method: HTTPMethod = .GET)
        async throws -> Got
    {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(stage.port)\(path)")
        request.method = method
        request.headers = HTTPHeaders(fields)
        if let coding { request.headers.add(name: "Accept-Encoding", value: coding) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 26)
        return Got(status: Int(response.status.code), fields: response.headers, body: body)
    }
}
