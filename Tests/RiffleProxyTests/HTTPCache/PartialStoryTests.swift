import Testing

@testable import RiffleProxy

/// Ranges (RFC 9110 §14, RFC 9111 §3.3, §3.4).
struct PartialStoryTests {
    private static let whole = OriginAnswer(
        fields: [
            ("Cache-Control", "max-age=3600"), ("ETag", "\"a\""), ("Content-Type", "text/x-test"),
            ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ], body: "0123456789")

    static let ranges: [(request: [(String, String)], status: Int, body: String, range: String?)] = [
        ([("Range", "bytes=0-4")], 206, "01234", "bytes 0-4/10"),
        ([("Range", "bytes=5-")], 206, "56789", "bytes 5-9/10"),
        ([("Range", "bytes=-3")], 206, "789", "bytes 7-9/10"),
        ([("Range", "bytes=2-100")], 206, "23456789", "bytes 2-9/10"),
        ([("Range", "bytes=10-")], 416, "", "bytes */10"),
        ([("Range", "pages=1-2")], 200, "0123456789", nil),
        ([("Range", "bytes=4-2")], 200, "0123456789", nil),
        ([("Range", "bytes=0-4"), ("If-Range", "\"a\"")], 206, "01234", "bytes 0-4/10"),
        ([("Range", "bytes=0-4"), ("If-Range", "\"b\"")], 200, "0123456789", nil),
        ([("Range", "bytes=0-4"), ("If-Range", "W/\"a\"")], 200, "0123456789", nil),
        ([("Range", "bytes=0-4"), ("If-None-Match", "\"a\"")], 304, "", nil),
    ]

    @Test("a range is cut from the whole stored answer", arguments: ranges)
    func cuts(_ row: (request: [(String, String)], status: Int, body: String, range: String?)) async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/r", [Self.whole])
            _ = try await stage.send("GET", "/r")
            let answer = try await stage.send("GET", "/r", row.request)
            #expect(answer.status == row.status)
            #expect(answer.body == row.body)
            #expect(answer["content-range"] == row.range)
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("several ranges come as one message of parts")
    func parts() async throws {
        try await CacheStage.with { stage in
            var large = Self.whole
            large.body = String(repeating: "0123456789", count: 100)
            stage.origin.script("/r", [large])
            _ = try await stage.send("GET", "/r")
            let answer = try await stage.send("GET", "/r", [("Range", "bytes=0-1,500-502")])
            #expect(answer.status == 206)
            #expect(answer["content-type"]?.hasPrefix("multipart/byteranges; boundary=") == true)
            #expect(answer.body.contains("Content-Range: bytes 0-1/1000\r\n\r\n01\r\n--"))
            #expect(answer.body.contains("Content-Range: bytes 500-502/1000\r\n\r\n012\r\n--"))
            #expect(answer["content-length"] == String(answer.body.utf8.count))
        }
    }

    @Test("a part is never stored as the whole")
    func partIsNotWhole() async throws {
        try await CacheStage.with { stage in
            let part = Say.answer(
                ("Cache-Control", "max-age=3600"), ("Content-Range", "bytes 0-4/10"), status: 206, body: "01234")
            stage.origin.script("/p", [part, Self.whole])
            let first = try await stage.send("GET", "/p", [("Range", "bytes=0-4")])
            #expect(first.status == 206)
            #expect(stage.origin.requests.last?["range"] == "bytes=0-4")
            let second = try await stage.send("GET", "/p")
            #expect(second.status == 200)
            #expect(second.body == "0123456789")
        }
    }

    @Test("an answer cut short is not stored")
    func cutShort() async throws {
        try await CacheStage.with { stage in
            var short = Say.answer(("Cache-Control", "max-age=3600"), ("Content-Length", "100"), body: "short")
            short.closes = true
            stage.origin.script("/s", [short, Self.whole])
            let first = try await stage.send("GET", "/s")
            #expect(first.body != "0123456789")
            let second = try await stage.send("GET", "/s")
            #expect(second.body == "0123456789")
        }
    }

    @Test("a stale whole answer is asked about, and the range cut from it")
    func staleRange() async throws {
        try await CacheStage.with { stage in
            var stale = Self.whole
            stale.fields[0] = ("Cache-Control", "no-cache")
            stage.origin.script("/n", [stale, Say.answer(("ETag", "\"a\""), status: 304)])
            _ = try await stage.send("GET", "/n")
            let answer = try await stage.send("GET", "/n", [("Range", "bytes=0-4")])
            #expect(answer.status == 206)
            #expect(answer.body == "01234")
            #expect(stage.origin.requests.last?["range"] == nil)
        }
    }
}
