import NIOCore
import Testing

@testable import RiffleProxy

/// What is done when a connection to the origin ends without an answer (RFC 9110 §9.2.2, RFC 9112 §9.3.1).
@Suite("A connection to the origin that fails before it answers", .timeLimit(.minutes(2)))
struct OriginRetryTests {
    private static let hangUp = OriginAnswer(hangsUp: true)
    private static let noAnswer = OriginAnswer(wire: "what was left of the answer before")
    static let faults = [hangUp, noAnswer]

    struct Case: Sendable, CustomTestStringConvertible {
        let method: String
        var fields: [(String, String)] = []
        var body = ""
        var isRepeated = true
        /// Whether the connection has served before.
        var isKept = true
        var target = "/b"

        var testDescription: String {
            "\(method) \(target) \(fields) \(body.count) bytes\(isKept ? "" : " on a new connection")"
        }
    }

    static let cases = [
        Case(method: "GET"), Case(method: "HEAD"), Case(method: "PROPFIND", body: "<x/>"),
        Case(method: "GET", isKept: false),
        Case(method: "PUT", body: "new"), Case(method: "DELETE"),
        Case(method: "PUT", body: String(repeating: "x", count: BodyFeed.maximumKept)),
        Case(method: "PUT", body: String(repeating: "x", count: BodyFeed.maximumKept + 1), isRepeated: false),
        Case(method: "PUT", body: "new", isRepeated: false, isKept: false),
        Case(method: "POST", body: "new", isRepeated: false), Case(method: "POST", isRepeated: false),
        Case(method: "PATCH", body: "new", isRepeated: false), Case(method: "MKCOL", isRepeated: false),
        Case(method: "MOVE", fields: [("Destination", "/c")], isRepeated: false),
        Case(method: "LOCK", body: "<x/>", isRepeated: false), Case(method: "WHATEVER", isRepeated: false),
        Case(method: "PUT", fields: [("If-Match", "\"1\"")], body: "new", isRepeated: false),
        Case(method: "PUT", fields: [("If-None-Match", "*")], body: "new", isRepeated: false),
        Case(method: "PUT", fields: [("Content-Range", "bytes 0-2/9")], body: "new", isRepeated: false),
        Case(method: "DELETE", fields: [("If", "(<opaquelocktoken:1>)")], isRepeated: false),
        Case(method: "PUT", fields: [("X-HTTP-Method", "POST")], body: "new", isRepeated: false),
        Case(
            method: "PUT", body: "new", isRepeated: false,
            target: "/b?@microsoft.graph.conflictBehavior=rename"),
    ]

    @Test("is asked again once for what may be done twice, and for nothing else", arguments: cases, faults)
    func again(_ row: Case, _ fault: OriginAnswer) async throws {
        try await CacheStage.with { stage in
            if row.isKept {
                stage.origin.script("/warm", [OriginAnswer()])
                _ = try await stage.send("GET", "/warm")
            }
            stage.origin.script(row.target, [fault, OriginAnswer(status: 204)])
            let answer = try await stage.send(row.method, row.target, row.fields, body: row.body)
            #expect(answer.status == (row.isRepeated ? 204 : 502))
            let asked = stage.origin.requests.filter { $0.target == row.target }
            #expect(asked.count == (row.isRepeated ? 2 : 1))
            #expect(asked.allSatisfy { $0.body.hasSuffix(row.body) && $0.method == row.method })
        }
    }

    @Test("is not asked a third time")
    func twice() async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/warm", [OriginAnswer()])
            _ = try await stage.send("GET", "/warm")
            stage.origin.script("/b", [Self.hangUp])
            #expect(try await stage.send("GET", "/b").status == 502)
            #expect(stage.origin.requests.filter { $0.target == "/b" }.count == 2)
        }
    }

    @Test("gets a chunked body again as it was, with its trailer fields")
    func chunked() async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/warm", [OriginAnswer()])
            _ = try await stage.send("GET", "/warm")
            stage.origin.script("/b", [Self.hangUp, OriginAnswer(status: 204)])
            let text = try await stage.raw(
                "PUT /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\nnew\r\n4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 204 "))
            let bodies = stage.origin.requests.filter { $0.target == "/b" }.map { CacheStage.dechunked($0.body) }
            #expect(bodies == ["newbody", "newbody"])
            #expect(stage.origin.requests.last?.body.hasSuffix("0\r\nX-Sum: 1\r\n\r\n") == true)
        }
    }

    @Test("an origin that said it is at work is not asked for the same again")
    func heard() async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/warm", [OriginAnswer()])
            _ = try await stage.send("GET", "/warm")
            let working = OriginAnswer(wire: "HTTP/1.1 102 Processing\r\n\r\n", closes: true)
            stage.origin.script("/b", [working, OriginAnswer(status: 204)])
            #expect(
                try await stage.raw("PUT /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                    .contains(" 502 "))
            #expect(stage.origin.requests.filter { $0.target == "/b" }.count == 1)
        }
    }

    @Test("a refusal of the second request does not hide that the first was carried out", arguments: [true, false])
    func fence(_ isLost: Bool) async throws {
        try await CacheStage.with { stage in
            let page = OriginAnswer(fields: [("Cache-Control", "max-age=60")], body: "there")
            stage.origin.script("/b", [page])
            _ = try await stage.send("GET", "/b")
            stage.origin.script("/b", isLost ? [Self.hangUp, OriginAnswer(status: 404)] : [OriginAnswer(status: 404)])
            #expect(try await stage.send("DELETE", "/b").status == 404)
            stage.origin.script("/b", [OriginAnswer(status: 404)])
            // A plain 404 says that nothing was changed.
            #expect(try await stage.send("GET", "/b").status == (isLost ? 404 : 200))
        }
    }
}
