import NIOCore
import NIOHPACK
import NIOHTTP2
import Testing

@testable import RiffleProxy

/// What goes on with every message, stored or not: interim answers (RFC 9110 §15.2), trailer fields (§6.5), `Via`
/// (§7.6.3) and `Date` (§6.6.1).
struct MessageStoryTests {
    private static let hints =
        "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n"

    private static func get(_ path: String, version: String = "1.1") -> String {
        "GET \(path) HTTP/\(version)\r\nHost: cache.test\r\nConnection: close\r\n\r\n"
    }

    @Test("interim answers go on to the client and are never stored")
    func interim() async throws {
        try await CacheStage.with { stage in
            var answer = OriginAnswer(fields: [("Cache-Control", "max-age=60")], body: "done")
            answer.interim = "HTTP/1.1 102 Processing\r\n\r\n" + Self.hints
            stage.origin.script("/i", [answer])
            let first = try await stage.raw(Self.get("/i"))
            #expect(first.hasPrefix("HTTP/1.1 102 "))
            #expect(first.contains("\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 "))
            #expect(first.hasSuffix("\r\n\r\ndone"))
            let second = try await stage.raw(Self.get("/i"))
            #expect(second.hasPrefix("HTTP/1.1 200 ") && !second.lowercased().contains("link:"))
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("an interim answer to a write goes on too", arguments: ["POST", "DELETE", "HEAD"])
    func interimOfOthers(_ method: String) async throws {
        try await CacheStage.with { stage in
            var answer = OriginAnswer(body: "done")
            answer.interim = Self.hints
            stage.origin.script("/w", [answer])
            let text = try await stage.raw("\(method) /w HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 103 "))
            #expect(text.contains("\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 "))
        }
    }

    @Test("100 is riffle's own affair, and clients of HTTP/1.0 get no interim answer")
    func withheld() async throws {
        try await CacheStage.with { stage in
            var answer = OriginAnswer(body: "done")
            answer.interim = "HTTP/1.1 100 Continue\r\n\r\n"
            stage.origin.script("/continue", [answer])
            let continued = try await stage.raw(Self.get("/continue"))
            #expect(continued.hasPrefix("HTTP/1.1 200 "))
            answer.interim = Self.hints
            stage.origin.script("/old", [answer])
            let old = try await stage.raw(Self.get("/old", version: "1.0"))
            #expect(old.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("an origin that floods with interim answers, or hides fields in one, is given up")
    func flood() async throws {
        try await CacheStage.with { stage in
            var answer = OriginAnswer(fields: [("Cache-Control", "max-age=60")])
            answer.interim = String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 40)
            stage.origin.script("/flood", [answer])
            let flooded = try await stage.raw(Self.get("/flood"))
            #expect(flooded.contains("HTTP/1.1 502 "))
            answer.interim = "HTTP/1.1 103 Hints\r\nContent-Length: 3, 4\r\n\r\n"
            stage.origin.script("/hidden", [answer])
            let hidden = try await stage.raw(Self.get("/hidden"))
            #expect(hidden.hasPrefix("HTTP/1.1 502 "))
        }
    }

    /// Heads that mean two things, or something nobody asked for.
    static let heads: [(status: Int, fields: [(String, String)])] = [
        (200, [("Content-Length", "4"), ("Content-Length", "5")]), (200, [("Content-Length", "4, 5")]),
        (200, [("Content-Length", "-4")]), (200, [("Content-Length", "4"), ("Transfer-Encoding", "chunked")]),
        (200, [("Transfer-Encoding", "gzip")]), (200, [("Transfer-Encoding", "chunked, identity")]),
        (200, [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")]), (200, [("X", "a\u{0}b")]),
        (200, [("X", "a\rSet-Cookie: b")]), (200, [("X Y", "a")]),
        (200, [("X", String(repeating: "a", count: 100_000))]),
        (200, Array(repeating: ("X", "a"), count: 300)), (99, []), (1_000, []), (101, [("Upgrade", "x")]),
    ]

    @Test("no such head reaches a client or the cache, whatever was asked", arguments: 0..<heads.count)
    func head(_ number: Int) async throws {
        try await CacheStage.with { stage in
            let row = Self.heads[number]
            for (method, path) in [
                ("GET", "/a"), ("POST", "/b"), ("HEAD", "/c"), ("OPTIONS", "/d"), ("PROPFIND", "/e/"),
            ] {
                let bad = OriginAnswer(
                    status: row.status, fields: [("Cache-Control", "max-age=60")] + row.fields, body: "evil",
                    closes: true)
                stage.origin.script(path, [bad, OriginAnswer(body: "good")])
                let first = try await stage.send(method, path)
                #expect(first.status == 502, "\(method) \(row)")
                let second = try await stage.send(method, path)
                #expect(second.status == 200 && second.body != "evil", "\(method) \(row)")
            }
        }
    }

    @Test("trailer fields go on behind a chunked answer, but for those that a head must have said")
    func trailers() async throws {
        try await CacheStage.with { stage in
            let chunked = [("Transfer-Encoding", "chunked")]
            let body = "4\r\nbody\r\n0\r\nX-Sum: 1\r\nCache-Control: no-store\r\nSet-Cookie: a=b\r\n\r\n"
            for (path, fields) in [("/plain", chunked), ("/kept", chunked + [("Cache-Control", "max-age=60")])] {
                stage.origin.script(path, [OriginAnswer(fields: fields, body: body)])
                let text = try await stage.raw(Self.get(path))
                #expect(text.hasSuffix("4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n"))
                #expect(!text.contains("Set-Cookie"))
            }
        }
    }

    @Test("clients of HTTP/2 get interim answers, trailer fields and the hop too")
    func http2() async throws {
        try await CacheStage.with { stage in
            var answer = OriginAnswer(
                fields: [("Transfer-Encoding", "chunked")], body: "4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n")
            answer.interim = Self.hints
            stage.origin.script("/i", [answer])
            try await FrameClient.run(port: stage.port) { client in
                try await client.request(
                    1, [(":method", "GET"), (":scheme", "http"), (":path", "/i"), (":authority", "a")])
                var heads: [[String]] = []
                _ = await client.first { frame -> Bool? in
                    guard frame.streamID == 1, case .headers(let payload) = frame.payload else { return nil }
                    heads.append(payload.headers.map { "\($0.name): \($0.value)" })
                    return payload.endStream ? true : nil
                }
                #expect(heads.count == 3)
                #expect(heads.first == [":status: 103", "link: </a.css>; rel=preload"])
                #expect(heads.last == ["x-sum: 1"])
                #expect(heads.dropFirst().first?.contains("via: 1.1 riffle") == true)
            }
            #expect(stage.origin.requests.first?["via"] == "2.0 riffle")
        }
    }

    @Test(
        "every answer of the origin gets a Via and, where it has none, a Date",
        arguments: ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
    func hop(_ method: String) async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/hop", [OriginAnswer(fields: [("Via", "1.1 other")])])
            let answer = try await stage.send(method, "/hop")
            #expect(answer.values("via") == ["1.1 other", "1.1 riffle"])
            #expect(answer.values("date").count == 1)
            let date = "Sun, 06 Nov 1994 08:49:37 GMT"
            stage.origin.script("/dated", [OriginAnswer(fields: [("Date", date)])])
            #expect(try await stage.send(method, "/dated").values("date") == [date])
        }
    }
}
