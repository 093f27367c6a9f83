import NIOCore
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
