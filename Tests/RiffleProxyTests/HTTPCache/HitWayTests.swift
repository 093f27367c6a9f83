import Testing

@testable import RiffleProxy

/// Answers out of memory are written from bytes on the connection itself, or built field by field by the pipeline when the
/// request asks for more: both must say the same.
@Suite("The short way of a hit and the full one")
struct HitWayTests {
    private static let conditions: [[(String, String)]] = [
        [], [("If-None-Match", "\"a\"")], [("If-None-Match", "W/\"a\"")], [("If-None-Match", "\"b\"")],
        [("If-None-Match", "\"b\", W/\"a\"")], [("If-None-Match", "*")], [("If-None-Match", "a")],
        [("If-None-Match", "\"b\""), ("If-None-Match", "\"a\"")], [("If-None-Match", "")],
        [("If-None-Match", "\"b\""), ("If-Modified-Since", "Sun, 06 Nov 2094 08:49:37 GMT")],
        [("If-None-Match", "\"a\""), ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")],
        [("Accept", "*/*"), ("X-Other", "1")],
    ]

    private static let fields = [
        ("Cache-Control", "max-age=3600"), ("Content-Type", "application/json"), ("ETag", "\"a\""),
        ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Content-Language", "en"), ("X-Kept", "yes"),
        ("Content-Location", "/other"),
    ]

    /// Larger than what is copied behind its head, and larger than what is kept with it.
    private static let lengths = [0, 2, 9_000, 90_000]

    private func body(_ length: Int) -> String {
        length == 0 ? "" : "[" + String(repeating: " ", count: length - 2) + "]"
    }

    private func same(_ short: WireMessage, _ full: WireMessage, _ place: String) {
        let seconds: Set<String> = ["age", "date"]
        func said(_ message: WireMessage) -> [String] {
            message.fields.filter { !seconds.contains($0.name) && $0.name != "cache-status" }
                .map { "\($0.name): \($0.value)" }.sorted()
        }
        #expect(short.start == full.start, "\(place)")
        #expect(said(short) == said(full), "\(place)")
        #expect(short.body.utf8.elementsEqual(full.body.utf8), "\(place)")
        #expect(short["cache-status"]?.hasPrefix("riffle; hit; ttl=") == true, "\(place)")
        #expect(full["cache-status"]?.hasPrefix("riffle; hit; ttl=") == true, "\(place)")
        #expect((short["age"] == nil) == (full["age"] == nil), "\(place)")
    }

    @Test("of a response that is no listing", arguments: lengths)
    func general(_ length: Int) async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/x", [OriginAnswer(fields: Self.fields, body: body(length))])
            _ = try await stage.send("GET", "/x")
            for method in ["GET", "HEAD"] {
                for condition in Self.conditions {
                    let short = try await stage.send(method, "/x", condition)
                    // An unknown directive changes nothing but has all rules looked at.
                    let full = try await stage.send(method, "/x", condition + [("Cache-Control", "x-unknown")])
                    same(short, full, "\(method) \(condition)")
                }
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("of a listing", arguments: lengths.dropFirst())
    func listing(_ length: Int) async throws {
        try await CacheStage.with({
            $0.cache.scope = .listings
            $0.origin.dialect = .autoindex
        }) { stage in
            stage.origin.script("/x/", [OriginAnswer(fields: Self.fields, body: body(length))])
            _ = try await stage.send("GET", "/x/")
            for method in ["GET", "HEAD"] {
                for condition in Self.conditions {
                    let short = try await stage.send(method, "/x/", condition)
                    // A body is gathered by the pipeline before anything is looked up; this one is empty.
                    let full = try await stage.send(
                        method, "/x/", condition + [("Transfer-Encoding", "chunked")], trailing: "0\r\n\r\n")
                    same(short, full, "\(method) \(condition)")
                }
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("a client that asks for more than its socket takes gets all of it, in order", arguments: [2, 9_000, 90_000])
    func backpressure(_ length: Int) async throws {
        try await CacheStage.with { stage in
            for name in ["/a", "/b"] {
                let fields = Self.fields + [("X-Name", name)]
                stage.origin.script(name, [OriginAnswer(fields: fields, body: body(length))])
                _ = try await stage.send("GET", name)
            }
            let names = (0..<400).map { $0.isMultiple(of: 3) ? "/a" : "/b" }
            var requests = names.map { "GET \($0) HTTP/1.1\r\nHost: cache.test\r\n\r\n" }
            requests[requests.count - 1] = "GET /b HTTP/1.1\r\nHost: cache.test\r\nConnection: close\r\n\r\n"
            let answers = try await PlainSocket.exchange(requests.joined(), stage.port)
            var rest = Array(answers.utf8)[...]
            var told: [String] = []
            while let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: rest[..<end.upperBound], as: UTF8.self)
                told.append(try #require(WireMessage(head)?["x-name"]))
                rest = rest[end.upperBound...].dropFirst(length)
            }
            #expect(rest.isEmpty)
            #expect(told == Array(names.dropLast()) + ["/b"])
        }
    }
}
