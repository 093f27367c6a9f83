import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import RiffleProxy

/// Answers that S3 begins long before the work they answer for is done.
@Suite(.timeLimit(.minutes(1))) struct LongWriteTests {
    private static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private static let result = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
    private static let upload = "/docs/big?uploadId=7"

    /// An answer whose declaration comes at once, and the rest piece by piece.
    private static func answer(_ pieces: [String], ends: Bool = true) -> OriginAnswer {
        var answer = OriginAnswer(fields: [("Content-Type", "application/xml"), ("Transfer-Encoding", "chunked")])
        answer.body = OriginAnswer.chunk(declaration)
        answer.later = pieces.map(OriginAnswer.chunk) + [ends ? "0\r\n\r\n" : ""]
        return answer
    }

    private static func with(_ body: (CacheStage, HTTPClient) async throws -> Void) async throws {
        let keys = FileManager.default.temporaryDirectory.appending(path: "riffle-keys-\(UUID()).yaml").path
        let contents = Data("key: {secret: long enough}".utf8)
        try #require(
            FileManager.default.createFile(
                atPath: keys, contents: contents, attributes: [.posixPermissions: 0o600]))
        defer { try? FileManager.default.removeItem(atPath: keys) }
        try await CacheStage.with { settings in
            settings.origin.dialect = .s3
            settings.s3.mode = .terminate
            settings.s3.credentials = keys
        } _: { stage in
            let client = HTTPClient(eventLoopGroupProvider: .singleton)
            let result: Result<Void, any Error>
            do { result = .success(try await body(stage, client)) } catch { result = .failure(error) }
            try await client.shutdown()
            try result.get()
        }
    }

    private static func send(_ method: String, _ target: String, to stage: CacheStage, by client: HTTPClient)
        async throws -> HTTPClientResponse
    {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(stage.port)\(target)")
        request.method = .init(rawValue: method)
        if target.hasSuffix("delete") { request.body = .bytes(ByteBuffer(string: "<Delete/>")) }
        if method == "PUT" { request.headers.add(name: "x-amz-copy-source", value: "docs/other") }
        return try await client.execute(request, timeout: .seconds(20))
    }

    @Test(
        "pass piece by piece, and their end when the write is over",
        arguments: [("POST", upload), ("POST", "/docs?delete"), ("PUT", "/docs/copy")])
    func streams(method: String, target: String) async throws {
        try await Self.with { stage, client in
            stage.origin.script(target, [Self.answer([" ", "  ", Self.result])])
            let response = try await Self.send(method, target, to: stage, by: client)
            #expect(response.status == .ok)
            var text = ""
            // Each piece is let go only when the client has all that came before it.
            var expected = [Self.declaration, Self.declaration + " ", Self.declaration + "   "]
            expected.append(expected[2] + "<CompleteMultipartUploadResult><ETag>e</ETag>")
            for try await part in response.body {
                text += String(buffer: part)
                guard let next = expected.first, text.utf8.count >= next.utf8.count else { continue }
                #expect(text == next)
                expected.removeFirst()
                stage.origin.release()
            }
            #expect(expected.isEmpty)
            #expect(text == Self.declaration + "   " + Self.result)
        }
    }

    @Test("void what they touch, whether they end well, in an error, or break off", arguments: 0..<3)
    func voids(ending: Int) async throws {
        try await Self.with { stage, client in
            let target = "/docs?list-type=2&prefix=&delimiter=%2F"
            // riffle spells the query anew.
            stage.origin.answer { _ in
                OriginAnswer(
                    fields: [("Content-Type", "application/xml"), ("Cache-Control", "max-age=3600")],
                    body: "<ListBucketResult><Name>docs</Name><Prefix/><IsTruncated>false</IsTruncated>"
                        + "</ListBucketResult>")
            }
            func isFetched() async throws -> Bool {
                let before = stage.origin.requests.count
                let answer = try await stage.send("GET", target)
                #expect(answer.status == 200, "\(answer)")
                return stage.origin.requests.count > before
            }
            #expect(try await isFetched())
            #expect(try await !isFetched())
            let last = ending == 1 ? "<Error><Code>InternalError</Code></Error>" : Self.result
            stage.origin.script(Self.upload, [Self.answer([" ", last], ends: ending < 2)])
            let response = try await Self.send("POST", Self.upload, to: stage, by: client)
            var isWhole = true
            do {
                for try await _ in response.body { stage.origin.release() }
            } catch { isWhole = false }
            #expect(isWhole == (ending < 2))
            #expect(try await isFetched())
        }
    }
}
