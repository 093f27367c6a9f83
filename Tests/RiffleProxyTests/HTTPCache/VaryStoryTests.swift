import Testing

@testable import RiffleProxy

/// Variants (RFC 9111 §4.1).
struct VaryStoryTests {
    private static func vary(_ fields: String...) -> OriginAnswer {
        OriginAnswer(fields: [("Cache-Control", "max-age=3600")] + fields.map { ("Vary", $0) })
    }

    private static func two(
        _ name: String, _ vary: OriginAnswer, _ first: [(String, String)], _ second: [(String, String)],
        _ expect: CacheStep.Expectation
    ) -> CacheStory {
        CacheStory(
            name, [CacheStep(request: first, answer: vary), CacheStep(request: second, answer: vary, expect: expect)])
    }

    static let stories: [CacheStory] = [
        two("the same field matches", vary("Foo"), [("Foo", "1")], [("Foo", "1")], .cached),
        two("another value does not", vary("Foo"), [("Foo", "1")], [("Foo", "2")], .fetched),
        two("an absent field does not match a present one", vary("Foo"), [("Foo", "1")], [], .fetched),
        two("a present field does not match an absent one", vary("Foo"), [], [("Foo", "1")], .fetched),
        two("two absent fields match", vary("Foo"), [], [], .cached),
        two(
            "other fields do not matter", vary("Foo"), [("Foo", "1"), ("Other", "2")], [("Foo", "1"), ("Other", "3")],
            .cached),
        two(
            "two fields match", vary("Foo, Bar"), [("Foo", "1"), ("Bar", "a")], [("Foo", "1"), ("Bar", "a")], .cached),
        two(
            "one of two fields differs", vary("Foo, Bar"), [("Foo", "1"), ("Bar", "a")], [("Foo", "1"), ("Bar", "b")],
            .fetched),
        two(
            "fields on two lines of Vary", vary("Foo", "Bar"), [("Foo", "1"), ("Bar", "a")],
            [("Foo", "1"), ("Bar", "b")], .fetched),
        two("values on two lines are one list", vary("Foo"), [("Foo", "1"), ("Foo", "2")], [("Foo", "1, 2")], .cached),
        two("white space carries no meaning", vary("Foo"), [("Foo", "1,2")], [("Foo", "1, 2")], .cached),
        two(
            "languages in another order", vary("Accept-Language"), [("Accept-Language", "en, de")],
            [("Accept-Language", "de, EN")], .cached),
        two(
            "other codings", vary("Accept-Encoding"), [("Accept-Encoding", "gzip")], [("Accept-Encoding", "br")],
            .fetched),
        two("a star matches nothing", vary("*"), [], [], .fetched),
        two("a star among others matches nothing", vary("Foo, *"), [("Foo", "1")], [("Foo", "1")], .fetched),
        two("a star on another line matches nothing", vary("Foo", "*"), [("Foo", "1")], [("Foo", "1")], .fetched),
        two("a star behind an empty member matches nothing", vary(", *"), [], [], .fetched),
    ]

    @Test("a stored answer is reused for requests that select it", arguments: stories)
    func plays(_ story: CacheStory) async throws {
        try await CacheStage.with { try await story.play(on: $0, at: "/vary") }
    }

    @Test("several variants are kept beside each other")
    func variants() async throws {
        try await CacheStage.with { stage in
            for round in 0..<2 {
                for value in ["1", "2", "3"] {
                    stage.origin.script("/v", [OriginAnswer(fields: Self.vary("Foo").fields, body: "for \(value)")])
                    let answer = try await stage.send("GET", "/v", [("Foo", value)])
                    #expect(answer.body == "for \(value)", "round \(round)")
                }
            }
            #expect(stage.origin.requests.count == 3)
        }
    }

    @Test("codings go to the origin as the client accepts them")
    func codings() async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/c", [Self.vary("Accept-Encoding")])
            _ = try await stage.send("GET", "/c", [("Accept-Encoding", "gzip, br")])
            #expect(stage.origin.requests.last?["accept-encoding"] == "gzip, br")
        }
    }

    @Test("the tags of other variants are asked about, and a 304 names the one that answers")
    func otherVariants() async throws {
        try await CacheStage.with { stage in
            let fields = Self.vary("Foo").fields
            stage.origin.script("/t", [OriginAnswer(fields: fields + [("ETag", "\"one\"")], body: "one")])
            _ = try await stage.send("GET", "/t", [("Foo", "1")])
            stage.origin.script("/t", [OriginAnswer(fields: fields + [("ETag", "\"two\"")], body: "two")])
            _ = try await stage.send("GET", "/t", [("Foo", "2")])
            stage.origin.script("/t", [OriginAnswer(status: 304, fields: fields + [("ETag", "\"one\"")])])
            let third = try await stage.send("GET", "/t", [("Foo", "3")])
            #expect(third.body == "one")
            #expect(stage.origin.requests.last?["if-none-match"] == "\"two\", \"one\"")
            do {
                let answer = try await stage.send("GET", "/t", [("Foo", "3")])
                #expect(answer.body == "one")
            }
            #expect(stage.origin.requests.count == 3)
        }
    }

    @Test("a write voids every variant")
    func invalidation() async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/w", [Self.vary("Foo")])
            for value in ["1", "2"] { _ = try await stage.send("GET", "/w", [("Foo", value)]) }
            _ = try await stage.send("PUT", "/w", body: "new")
            for value in ["1", "2"] { _ = try await stage.send("GET", "/w", [("Foo", value)]) }
            #expect(stage.origin.requests.count == 5)
        }
    }
}
