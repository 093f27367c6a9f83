import RiffleHTTP
import Testing

@testable import RiffleProxy

/// Short ways to tell the stories of these tests.
enum Say {
    /// A date that many seconds from now.
    static func date(_ offset: Int) -> String {
        HTTPDate.format(Int(WallTime.now().milliseconds / 1_000) + offset)
    }

    static func answer(_ fields: (String, String)..., status: Int = 200, body: String = "") -> OriginAnswer {
        OriginAnswer(status: status, fields: fields, body: body)
    }

    /// A first answer with these fields, and whether the second request is answered from it.
    static func once(
        _ name: String, _ fields: [(String, String)], status: Int = 200, _ expect: CacheStep.Expectation
    ) -> CacheStory {
        let answer = OriginAnswer(status: status, fields: fields)
        return CacheStory(
            name,
            [
                CacheStep(answer: answer), CacheStep(answer: answer, expect: expect, status: status),
            ])
    }

    static func isStored(_ control: String) -> CacheStory {
        once("Cache-Control: \(control) is stored", [("Cache-Control", control)], .cached)
    }

    static func isNotReused(_ control: String) -> CacheStory {
        once("Cache-Control: \(control) is not reused", [("Cache-Control", control)], .fetched)
    }
}

/// Freshness, Age, Expires and what responses say in Cache-Control (RFC 9111 §4.2, §5).
struct FreshnessStoryTests {
    static let stories: [CacheStory] =
        [
            "max-age=3600", "max-age=3600, foobar", "Max-AgE=3600", "s-maxage=3600", "max-age=1, s-maxage=3600",
            "max-age=\"3600\"", "max-age=100000000000", "public, max-age=3600", "max-age=3600, must-revalidate",
            "max-age=3600, foo=\"no-store\"", "private=\"X-A\", max-age=3600", "no-cache=\"X-A\", max-age=3600",
            "must-understand, no-store, max-age=3600", "max-age=3600, immutable", "max-age=003600",
        ].map(Say.isStored)
        + [
            "no-store", "no-cache", "private, max-age=3600", "max-age=0", "s-maxage=0, max-age=3600", "NO-STORE",
            "max-age=3600, no-store", "max-age=3600, no-cache", "max-age=3600.0", "max-age=-3600", "max-age='3600'",
            "max-age =3600", "max-age= 3600", "max-age=abc", "private", "foo",
        ].map(Say.isNotReused)
        + [
            Say.once("an answer that says nothing is not reused", [], .fetched),
            Say.once("Last-Modified alone gives no freshness", [("Last-Modified", Say.date(-9_000_000))], .fetched),
            Say.once(
                "Expires in the future", [("Expires", Say.date(3_600)), ("Date", Say.date(0))], .cached),
            Say.once("Expires without Date", [("Expires", Say.date(3_600))], .cached),
            Say.once("Expires in the past", [("Expires", Say.date(-10)), ("Date", Say.date(0))], .fetched),
            Say.once("Expires at the Date", [("Expires", Say.date(0)), ("Date", Say.date(0))], .fetched),
            Say.once("Expires: 0", [("Expires", "0")], .fetched),
            Say.once("max-age beats Expires", [("Expires", "0"), ("Cache-Control", "max-age=3600")], .cached),
            Say.once(
                "Expires against a Date that is behind", [("Expires", Say.date(-5)), ("Date", Say.date(-3_605))],
                .fetched),
            Say.once(
                "Expires against a Date that is ahead", [("Expires", Say.date(7_200)), ("Date", Say.date(7_200))],
                .fetched),
            Say.once(
                "two Expires lines are expired", [("Expires", Say.date(3_600)), ("Expires", Say.date(3_601))], .fetched),
            Say.once(
                "an Age beyond max-age", [("Cache-Control", "max-age=3600"), ("Age", "7200")], .fetched),
            Say.once("an Age below max-age", [("Cache-Control", "max-age=3600"), ("Age", "1800")], .cached),
            Say.once("a negative Age is ignored", [("Cache-Control", "max-age=3600"), ("Age", "-7200")], .cached),
            Say.once("a fractional Age is ignored", [("Cache-Control", "max-age=3600"), ("Age", "7200.0")], .cached),
            Say.once(
                "an old Date makes an answer old", [("Cache-Control", "max-age=3600"), ("Date", Say.date(-7_200))],
                .fetched),
            Say.once(
                "Cache-Control on two lines", [("Cache-Control", "max-age=3600"), ("Cache-Control", "no-store")],
                .fetched),
            Say.once(
                "Pragma in a response means nothing", [("Cache-Control", "max-age=3600"), ("Pragma", "no-cache")],
                .cached),
            Say.once(
                "a weekday that is not the date's does not matter",
                [("Expires", "Thu Aug  8 02:01:18 2050"), ("Date", Say.date(0))], .cached),
            Say.once(
                "Content-Range means nothing beside 200",
                [("Cache-Control", "max-age=3600"), ("Content-Range", "bytes 0-1/9")], .cached),
            Say.once(
                "Set-Cookie2 is a field like any other", [("Cache-Control", "max-age=3600"), ("Set-Cookie2", "a=b")],
                .cached),
            Say.once("Set-Cookie is not shared", [("Cache-Control", "max-age=3600"), ("Set-Cookie", "a=b")], .fetched),
        ]

    @Test("a stored answer is reused as long as it says", arguments: stories)
    func plays(_ story: CacheStory) async throws {
        try await CacheStage.with { try await story.play(on: $0, at: "/fresh") }
    }

    @Test(
        "answers of these statuses are kept when they say how long",
        arguments: [
            200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 405, 410, 414, 451, 499, 500, 501, 502, 503, 504,
            599,
        ])
    func statusIsKept(_ status: Int) async throws {
        let story = Say.once("\(status)", [("Cache-Control", "max-age=3600")], status: status, .cached)
        try await CacheStage.with { try await story.play(on: $0, at: "/status/\(status)") }
    }

    @Test("answers of these statuses are never kept", arguments: [206, 401, 403, 412, 416, 429])
    func statusIsNotKept(_ status: Int) async throws {
        let story = Say.once("\(status)", [("Cache-Control", "max-age=3600")], status: status, .fetched)
        try await CacheStage.with { try await story.play(on: $0, at: "/status/\(status)") }
    }

    @Test("with a heuristic life set, an old answer without a word is reused")
    func heuristic() async throws {
        let story = Say.once("heuristic", [("Last-Modified", Say.date(-9_000_000))], .cached)
        try await CacheStage.with {
            $0.cache.heuristicTTL = 60_000
        } _: {
            try await story.play(on: $0, at: "/old")
        }
    }

    static let targeted: [CacheStory] = [
        Say.once(
            "CDN-Cache-Control over Cache-Control",
            [("CDN-Cache-Control", "max-age=3600"), ("Cache-Control", "no-store")], .cached),
        Say.once(
            "CDN no-store over a fresh answer", [("CDN-Cache-Control", "no-store"), ("Cache-Control", "max-age=3600")],
            .fetched),
        Say.once(
            "CDN private over a fresh answer", [("CDN-Cache-Control", "private"), ("Cache-Control", "max-age=3600")],
            .fetched),
        Say.once(
            "CDN no-cache over a fresh answer", [("CDN-Cache-Control", "no-cache"), ("Cache-Control", "max-age=3600")],
            .fetched),
        Say.once(
            "CDN max-age=0 over a fresh answer",
            [("CDN-Cache-Control", "max-age=0"), ("Cache-Control", "max-age=3600")], .fetched),
        Say.once(
            "a malformed CDN field counts as none",
            [("CDN-Cache-Control", "max-age=60, &&"), ("Cache-Control", "max-age=3600")], .cached),
        Say.once("CDN max-age against Age", [("CDN-Cache-Control", "max-age=3600"), ("Age", "7200")], .fetched),
        Say.once(
            "Riffle-Cache-Control over CDN-Cache-Control",
            [("Riffle-Cache-Control", "max-age=3600"), ("CDN-Cache-Control", "no-store")], .cached),
        Say.once("CDN field over Expires", [("CDN-Cache-Control", "max-age=3600"), ("Expires", "0")], .cached),
    ]

    @Test("targeted fields go first", arguments: targeted)
    func playsTargeted(_ story: CacheStory) async throws {
        try await CacheStage.with { try await story.play(on: $0, at: "/targeted") }
    }

    @Test("targeted fields are passed on for the next cache of that kind")
    func targetedFields() async throws {
        let answer = Say.answer(("Riffle-Cache-Control", "max-age=9"), ("CDN-Cache-Control", "max-age=8"))
        let gets: [(String, String?)] = [("Riffle-Cache-Control", "max-age=9"), ("CDN-Cache-Control", "max-age=8")]
        let story = CacheStory(
            "targeted fields", [CacheStep(answer: answer, gets: gets), CacheStep(expect: .cached, gets: gets)])
        try await CacheStage.with { try await story.play(on: $0, at: "/fields") }
    }

    static let clientWishes: [CacheStory] = [
        ("max-age=0", .fetched), ("no-cache", .fetched), ("no-store", .fetched), ("max-age=1", .fetched),
        ("min-fresh=3600", .fetched), ("only-if-cached", .cached), ("max-stale=10", .cached), ("min-fresh=5", .cached),
    ].map { (wish: String, expect: CacheStep.Expectation) in
        let answer = Say.answer(("Cache-Control", "max-age=3600"), ("Age", "1800"))
        return CacheStory(
            "a client that says \(wish)",
            [
                CacheStep(answer: answer),
                CacheStep(request: [("Cache-Control", wish)], answer: answer, expect: expect),
            ])
    }

    @Test("clients get what their directives ask for", arguments: clientWishes)
    func playsWishes(_ story: CacheStory) async throws {
        try await CacheStage.with { try await story.play(on: $0, at: "/wish") }
    }

    @Test("a client that wants only what is stored gets 504 when nothing is")
    func onlyIfCached() async throws {
        try await CacheStage.with { stage in
            let answer = try await stage.send("GET", "/nothing", [("Cache-Control", "only-if-cached")])
            #expect(answer.status == 504)
            #expect(stage.origin.requests.isEmpty)
        }
    }

    @Test("what a client accepts stale is given stale, but not over must-revalidate")
    func maxStale() async throws {
        func story(_ control: String, _ expect: CacheStep.Expectation) -> CacheStory {
            let answer = Say.answer(("Cache-Control", control), ("Age", "20"), ("ETag", "\"a\""))
            return CacheStory(
                control,
                [
                    CacheStep(answer: answer),
                    CacheStep(request: [("Cache-Control", "max-stale=1000")], answer: answer, expect: expect),
                ])
        }
        try await CacheStage.with { stage in
            try await story("max-age=10", .cached).play(on: stage, at: "/a")
            try await story("max-age=10, must-revalidate", .fetched).play(on: stage, at: "/b")
            try await story("max-age=10, proxy-revalidate", .fetched).play(on: stage, at: "/c")
            try await story("s-maxage=10", .fetched).play(on: stage, at: "/d")
        }
    }
}
