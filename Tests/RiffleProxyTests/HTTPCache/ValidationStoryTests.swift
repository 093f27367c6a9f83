import RiffleHTTP
import Testing

@testable import RiffleProxy

/// Revalidation and the client's own conditions (RFC 9110 §13, RFC 9111 §4.3).
struct ValidationStoryTests {
    private static let fresh = ("Cache-Control", "max-age=3600")
    private static let stale = [("Cache-Control", "max-age=10"), ("Age", "20")]

    static let revalidation: [CacheStory] = [
        CacheStory(
            "a stale answer with a strong tag is asked about by it",
            [
                CacheStep(answer: OriginAnswer(fields: stale + [("ETag", "\"a\"")])),
                CacheStep(
                    answer: Say.answer(("ETag", "\"a\""), status: 304), expect: .validated, status: 200,
                    asks: [("If-None-Match", "\"a\"")]),
            ]),
        CacheStory(
            "a stale answer with a weak tag is asked about by it",
            [
                CacheStep(answer: OriginAnswer(fields: stale + [("ETag", "W/\"a\"")])),
                CacheStep(
                    answer: Say.answer(("ETag", "W/\"a\""), status: 304), expect: .validated, status: 200,
                    asks: [("If-None-Match", "W/\"a\"")]),
            ]),
        CacheStory(
            "a stale answer with a date is asked about by it",
            [
                CacheStep(
                    answer: OriginAnswer(fields: stale + [("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")])),
                CacheStep(
                    answer: Say.answer(status: 304), expect: .validated, status: 200,
                    asks: [("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"), ("If-None-Match", nil)]),
            ]),
        CacheStory(
            "no-cache means ask each time",
            [
                CacheStep(answer: Say.answer(("Cache-Control", "no-cache"), ("ETag", "\"a\""))),
                CacheStep(answer: Say.answer(("ETag", "\"a\""), status: 304), expect: .validated, status: 200),
                CacheStep(answer: Say.answer(("ETag", "\"a\""), status: 304), expect: .validated, status: 200),
            ]),
        CacheStory(
            "a 304 renews the stored answer and its fields",
            [
                CacheStep(answer: OriginAnswer(fields: stale + [("ETag", "\"a\""), ("Test", "old"), ("Kept", "yes")])),
                CacheStep(
                    answer: Say.answer(fresh, ("ETag", "\"a\""), ("Test", "new"), ("Content-Length", "0"), status: 304),
                    expect: .validated, status: 200, gets: [("Test", "new"), ("Kept", "yes"), ("Content-Length", "14")]),
                CacheStep(expect: .cached, gets: [("Test", "new"), ("Kept", "yes")]),
            ]),
        CacheStory(
            "a 304 does not bring fields that Connection lists",
            [
                CacheStep(answer: OriginAnswer(fields: stale + [("ETag", "\"a\"")])),
                CacheStep(
                    answer: Say.answer(fresh, ("ETag", "\"a\""), ("Connection", "X-A"), ("X-A", "b"), status: 304),
                    expect: .validated, status: 200, gets: [("X-A", nil)]),
                CacheStep(expect: .cached, gets: [("X-A", nil)]),
            ]),
        CacheStory(
            "a client that reloads makes the stored answer be asked about",
            [
                CacheStep(answer: Say.answer(fresh, ("ETag", "\"a\""))),
                CacheStep(
                    request: [("Cache-Control", "max-age=0")], answer: Say.answer(("ETag", "\"a\""), status: 304),
                    expect: .validated, status: 200),
            ]),
        CacheStory(
            "Pragma: no-cache of a client reloads",
            [
                CacheStep(answer: Say.answer(fresh, ("ETag", "\"a\""))),
                CacheStep(
                    request: [("Pragma", "no-cache")], answer: Say.answer(("ETag", "\"a\""), status: 304),
                    expect: .validated, status: 200),
            ]),
        CacheStory(
            "a new whole answer replaces the stored one",
            [
                CacheStep(answer: OriginAnswer(fields: stale + [("ETag", "\"a\"")])),
                CacheStep(answer: Say.answer(fresh, ("ETag", "\"b\"")), gets: [("ETag", "\"b\"")]),
                CacheStep(expect: .cached, gets: [("ETag", "\"b\"")]),
            ]),
        CacheStory(
            "a new answer that may not be stored ends the old one",
            [
                CacheStep(answer: Say.answer(fresh, ("ETag", "\"a\""))),
                CacheStep(request: [("Cache-Control", "no-cache")], answer: Say.answer(("Cache-Control", "no-store"))),
                CacheStep(answer: Say.answer(("Cache-Control", "no-store")), expect: .fetched),
            ]),
    ]

    @Test("the origin is asked with what is stored", arguments: revalidation)
    func revalidates(_ story: CacheStory) async throws {
        try await CacheStage.with { try await story.play(on: $0, at: "/validate") }
    }

    @Test("a 304 about something else is followed by an unconditional request")
    func otherTag() async throws {
        try await CacheStage.with { stage in
            stage.origin.script(
                "/other",
                [
                    OriginAnswer(fields: Self.stale + [("ETag", "\"a\"")], body: "first"),
                    Say.answer(("ETag", "\"b\""), status: 304),
                    Say.answer(Self.fresh, ("ETag", "\"b\""), body: "second"),
                ])
            do {
                let answer = try await stage.send("GET", "/other")
                #expect(answer.body == "first")
            }
            do {
                let answer = try await stage.send("GET", "/other")
                #expect(answer.body == "second")
            }
            #expect(stage.origin.requests.last?["if-none-match"] == nil)
            #expect(stage.origin.requests.count == 3)
        }
    }

    /// Stored fields, the client's conditions, and what it gets.
    static let conditions: [CacheStory] = [
        ("the same tag", "\"a\"", [("If-None-Match", "\"a\"")], 304),
        ("another tag", "\"a\"", [("If-None-Match", "\"b\"")], 200),
        ("one of several tags", "\"a\"", [("If-None-Match", "\"x\", \"a\" , \"z\"")], 304),
        ("the last of several tags", "\"a\"", [("If-None-Match", "\"x\",\"y\",\"a\"")], 304),
        ("a star", "\"a\"", [("If-None-Match", "*")], 304),
        ("a weak form of the tag", "\"a\"", [("If-None-Match", "W/\"a\"")], 304),
        ("a weak tag stored", "W/\"a\"", [("If-None-Match", "\"a\"")], 304),
        ("a tag with a comma", "\"a,b\"", [("If-None-Match", "\"a,b\"")], 304),
        ("a date before the change", "", [("If-Modified-Since", "Sat, 05 Nov 1994 08:49:37 GMT")], 200),
        ("the date of the change", "", [("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")], 304),
        ("a later date", "", [("If-Modified-Since", "Mon, 07 Nov 1994 08:49:37 GMT")], 304),
        ("no date at all", "", [("If-Modified-Since", "yesterday")], 200),
        (
            "another tag over a date that matches", "\"a\"",
            [("If-None-Match", "\"b\""), ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")], 200
        ),
        (
            "the same tag over a date that does not match", "\"a\"",
            [("If-None-Match", "\"a\""), ("If-Modified-Since", "Sat, 05 Nov 1994 08:49:37 GMT")], 304
        ),
    ].map { (name: String, tag: String, request: [(String, String)], status: Int) in
        var fields = [fresh, ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Content-Type", "text/x-test")]
        if !tag.isEmpty { fields.append(("ETag", tag)) }
        let gets: [(String, String?)] =
            status == 304 ? [("Content-Type", nil), ("Content-Length", nil), ("ETag", tag.isEmpty ? nil : tag)] : []
        return CacheStory(
            name,
            [
                CacheStep(answer: OriginAnswer(fields: fields)),
                CacheStep(request: request, expect: .cached, status: status, gets: gets),
                CacheStep(method: "HEAD", request: request, expect: .cached, status: status),
            ])
    }

    @Test("a client's conditions are met from what is stored", arguments: conditions)
    func meets(_ story: CacheStory) async throws {
        try await CacheStage.with { try await story.play(on: $0, at: "/conditions") }
    }

    @Test("conditions about nothing that is stored go to the origin as they are")
    func forwardsConditions() async throws {
        let story = CacheStory(
            "forwarded",
            [
                CacheStep(
                    request: [("If-None-Match", "\"a\"")], answer: Say.answer(("ETag", "\"a\""), status: 304),
                    asks: [("If-None-Match", "\"a\"")]),
                CacheStep(
                    request: [("If-Match", "\"a\"")], answer: Say.answer(Self.fresh),
                    asks: [("If-Match", "\"a\"")]),
            ])
        try await CacheStage.with { try await story.play(on: $0, at: "/forward") }
    }

    @Test("a client with a tag gets 304 when the renewed answer has it")
    func conditionAfterRevalidation() async throws {
        try await CacheStage.with { stage in
            stage.origin.script(
                "/both",
                [
                    OriginAnswer(fields: Self.stale + [("ETag", "\"a\"")], body: "first"),
                    Say.answer(Self.fresh, ("ETag", "\"b\""), body: "second"),
                ])
            _ = try await stage.send("GET", "/both")
            let answer = try await stage.send("GET", "/both", [("If-None-Match", "\"b\"")])
            #expect(answer.status == 304)
            #expect(stage.origin.requests.last?["if-none-match"] == "\"a\"")
            do {
                let answer = try await stage.send("GET", "/both")
                #expect(answer.body == "second")
            }
            #expect(stage.origin.requests.count == 2)
        }
    }

    static let heads: [CacheStory] = [
        CacheStory(
            "HEAD is answered from GET",
            [
                CacheStep(answer: Say.answer(fresh, ("Test", "a"))),
                CacheStep(method: "HEAD", expect: .cached, gets: [("Test", "a"), ("Content-Length", "14")]),
            ]),
        CacheStory(
            "HEAD is no answer to GET",
            [
                CacheStep(method: "HEAD", answer: Say.answer(fresh)),
                CacheStep(answer: Say.answer(fresh)),
            ]),
        CacheStory(
            "the answer to HEAD renews the stored fields",
            [
                CacheStep(answer: OriginAnswer(fields: stale + [("ETag", "\"a\""), ("Test", "old")])),
                CacheStep(
                    method: "HEAD",
                    answer: Say.answer(fresh, ("ETag", "\"a\""), ("Test", "new"), ("Content-Length", "14"))),
                CacheStep(expect: .cached, gets: [("Test", "new")]),
            ]),
        CacheStory(
            "an answer to HEAD with another tag ends the stored one",
            [
                CacheStep(answer: Say.answer(fresh, ("ETag", "\"a\""))),
                CacheStep(
                    method: "HEAD", request: [("Cache-Control", "no-cache")],
                    answer: Say.answer(fresh, ("ETag", "\"b\""))),
                CacheStep(answer: Say.answer(fresh, ("ETag", "\"b\""))),
            ]),
    ]

    @Test("HEAD and GET know of each other", arguments: heads)
    func playsHead(_ story: CacheStory) async throws {
        try await CacheStage.with { try await story.play(on: $0, at: "/head") }
    }
}
