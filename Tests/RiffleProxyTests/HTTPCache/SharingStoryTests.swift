import Testing

@testable import RiffleProxy

/// Who may have whose answer: principals, hosts, concurrent requests, and what is said beside an answer.
struct SharingStoryTests {
    private static let fresh = [("Cache-Control", "max-age=3600")]

    @Test(
        "no answer crosses a credential",
        arguments: [
            ([("Authorization", "Basic YQ==")], [("Authorization", "Basic Yg==")]),
            ([("Authorization", "Basic YQ==")], []),
            ([], [("Authorization", "Basic YQ==")]),
            ([("Cookie", "id=1")], [("Cookie", "id=2")]),
            ([("Host", "one.test")], [("Host", "two.test")]),
        ])
    func principals(_ first: [(String, String)], _ second: [(String, String)]) async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/p", [OriginAnswer(fields: Self.fresh, body: "one")])
            _ = try await stage.send("GET", "/p", first)
            stage.origin.script("/p", [OriginAnswer(fields: Self.fresh, body: "two")])
            let other = try await stage.send("GET", "/p", second)
            #expect(other.body == "two")
            let again = try await stage.send("GET", "/p", first)
            #expect(again.body == "one")
            #expect(stage.origin.requests.count == 2)
        }
    }

    @Test(
        "what is declared public is everybody's, whoever asked first",
        arguments: ["public, max-age=3600", "s-maxage=3600"])
    func declaredPublic(_ control: String) async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/p", [OriginAnswer(fields: [("Cache-Control", control)], body: "one")])
            for credential in [[("Authorization", "Basic YQ==")], [], [("Authorization", "Basic Yg==")]] {
                let answer = try await stage.send("GET", "/p", credential)
                #expect(answer.body == "one")
            }
            #expect(stage.origin.requests.count == 1)
            _ = try await stage.send("GET", "/p", [("Cookie", "a=b")])
            #expect(stage.origin.requests.count == 2)
        }
    }

    @Test("what replaces a public answer is not given to another principal that waits for it")
    func noLongerPublic() async throws {
        try await CacheStage.with { stage in
            let stale = [("Cache-Control", "public, max-age=10"), ("Age", "20"), ("ETag", "\"a\"")]
            stage.origin.script("/p", [OriginAnswer(fields: stale)])
            _ = try await stage.send("GET", "/p")
            var own = OriginAnswer(body: "own")
            own.waits = true
            stage.origin.script("/p", [own])
            async let first = stage.send("GET", "/p", [("Authorization", "Basic YQ==")])
            let isFirst = try await eventually { stage.origin.heldCount == 1 }
            async let second = stage.send("GET", "/p", [("Authorization", "Basic Yg==")])
            async let third = stage.send("GET", "/p")
            let areAll = try await eventually { stage.origin.heldCount == 3 }
            #expect(isFirst && areAll)
            stage.origin.release()
            _ = try await [first, second, third]
        }
    }

    @Test("OPTIONS and TRACE go as far as they may")
    func maxForwards() async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/m", [OriginAnswer()])
            _ = try await stage.send("OPTIONS", "/m", [("Max-Forwards", "5")])
            #expect(stage.origin.requests.last?["max-forwards"] == "4")
            let last = try await stage.send("OPTIONS", "/m", [("Max-Forwards", "0")])
            #expect(last.status == 200)
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("an answer larger than the limit streams through whole and is not stored")
    func large() async throws {
        try await CacheStage.with {
            $0.cache.largestListing = 100_000
        } _: { stage in
            let body = String(repeating: "x", count: 300_000)
            stage.origin.script("/l", [OriginAnswer(fields: Self.fresh, body: body)])
            let chunked = "493e0\r\n\(body)\r\n0\r\n\r\n"
            stage.origin.script(
                "/c", [OriginAnswer(fields: Self.fresh + [("Transfer-Encoding", "chunked")], body: chunked)])
            for path in ["/l", "/c"] {
                for _ in 0..<2 {
                    let answer = try await stage.send("GET", path)
                    #expect(answer.body.utf8.count == body.utf8.count)
                }
            }
            #expect(stage.origin.requests.count == 4)
        }
    }

    @Test("a credential that the origin refuses gets nothing stored for it any more")
    func revoked() async throws {
        try await CacheStage.with { stage in
            let token = [("Authorization", "Bearer x")]
            stage.origin.script("/a", [OriginAnswer(fields: Self.fresh, body: "one")])
            _ = try await stage.send("GET", "/a", token)
            stage.origin.script("/b", [OriginAnswer(status: 401)])
            _ = try await stage.send("GET", "/b", token)
            stage.origin.script("/a", [OriginAnswer(status: 401)])
            let answer = try await stage.send("GET", "/a", token)
            #expect(answer.status == 401)
        }
    }

    /// What many get who ask at the same moment, and how often the origin is asked for `count` of them.
    private static func crowd(
        _ stage: CacheStage, _ answer: OriginAnswer, count: Int, heldAtOnce: Int
    ) async throws -> [WireMessage] {
        var slow = answer
        slow.waits = true
        stage.origin.script("/crowd", [slow, answer])
        return try await withThrowingTaskGroup(of: WireMessage.self) { group in
            group.addTask { try await stage.send("GET", "/crowd") }
            let isAsked = try await eventually { stage.origin.heldCount == heldAtOnce }
            #expect(isAsked)
            for _ in 1..<count { group.addTask { try await stage.send("GET", "/crowd") } }
            // Give the others time to reach riffle; the figures hold whether they did or not.
            try await Task.sleep(for: .milliseconds(50))
            stage.origin.release()
            var answers: [WireMessage] = []
            for try await answer in group { answers.append(answer) }
            return answers
        }
    }

    @Test("concurrent requests for one missing answer become one")
    func collapses() async throws {
        try await CacheStage.with { stage in
            let answers = try await Self.crowd(
                stage, OriginAnswer(fields: Self.fresh, body: "shared"), count: 8, heldAtOnce: 1)
            #expect(answers.allSatisfy { $0.body == "shared" })
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("an answer for one only is not given to those who waited, and they are not served one after another")
    func doesNotCollapsePrivate() async throws {
        try await CacheStage.with { stage in
            let answers = try await Self.crowd(
                stage, OriginAnswer(fields: [("Cache-Control", "no-store")], body: "own"), count: 8, heldAtOnce: 1)
            #expect(answers.count == 8)
            #expect(stage.origin.requests.count == 8)
            // From now on nobody waits for anybody.
            var slow = OriginAnswer(fields: [("Cache-Control", "no-store")])
            slow.waits = true
            stage.origin.script("/crowd", [slow])
            async let one = stage.send("GET", "/crowd")
            async let two = stage.send("GET", "/crowd")
            let isParallel = try await eventually { stage.origin.heldCount == 2 }
            #expect(isParallel)
            stage.origin.release()
            _ = try await [one, two]
        }
    }

    @Test("concurrent requests for different variants get their own")
    func collapsesByVariant() async throws {
        try await CacheStage.with { stage in
            var slow = OriginAnswer(fields: Self.fresh + [("Vary", "Foo")], body: "one")
            slow.waits = true
            stage.origin.script("/v", [slow, OriginAnswer(fields: Self.fresh + [("Vary", "Foo")], body: "two")])
            async let one = stage.send("GET", "/v", [("Foo", "1")])
            let isAsked = try await eventually { stage.origin.heldCount == 1 }
            #expect(isAsked)
            async let two = stage.send("GET", "/v", [("Foo", "2")])
            try await Task.sleep(for: .milliseconds(50))
            stage.origin.release()
            #expect(try await one.body == "one")
            #expect(try await two.body == "two")
        }
    }

    @Test("fields for one connection are neither stored nor passed on")
    func hopByHop() async throws {
        let story = CacheStory(
            "Connection",
            [
                CacheStep(
                    answer: OriginAnswer(
                        fields: Self.fresh + [
                            ("Connection", "X-A, close"), ("X-A", "1"), ("Keep-Alive", "x"),
                            ("Proxy-Authenticate", "x"),
                            ("X-B", "2"),
                        ]), gets: [("X-A", nil), ("X-B", "2")]),
                CacheStep(
                    expect: .cached,
                    gets: [("X-A", nil), ("Keep-Alive", nil), ("Proxy-Authenticate", nil), ("X-B", "2")]),
            ])
        try await CacheStage.with { try await story.play(on: $0, at: "/hop") }
    }

    @Test("fields that no-cache or private name are not stored")
    func qualified() async throws {
        let fields = [("Cache-Control", "max-age=3600, no-cache=\"X-A\", private=\"Set-Cookie, X-B\"")]
        let story = CacheStory(
            "qualified",
            [
                CacheStep(
                    answer: OriginAnswer(
                        fields: fields + [("X-A", "1"), ("X-B", "2"), ("X-C", "3"), ("Set-Cookie", "a=b")]),
                    gets: [("X-A", "1"), ("X-B", "2"), ("Set-Cookie", "a=b")]),
                CacheStep(
                    expect: .cached, gets: [("X-A", nil), ("X-B", nil), ("X-C", "3"), ("Set-Cookie", nil)]),
            ])
        try await CacheStage.with { try await story.play(on: $0, at: "/qualified") }
    }

    @Test("Age counts up from the origin's, Date stays, both are there")
    func ageAndDate() async throws {
        try await CacheStage.with { stage in
            let date = Say.date(-100)
            stage.origin.script("/a", [OriginAnswer(fields: Self.fresh + [("Age", "50"), ("Date", date)])])
            _ = try await stage.send("GET", "/a")
            let answer = try await stage.send("GET", "/a")
            #expect(answer["date"] == date)
            #expect(answer["age"].flatMap { Int($0) } ?? 0 >= 100)
            stage.origin.script("/b", [OriginAnswer(fields: Self.fresh)])
            for _ in 0..<2 {
                let answer = try await stage.send("GET", "/b")
                #expect(answer["date"] != nil)
            }
        }
    }

    @Test("Cache-Status says what was done, behind what nearer caches say")
    func cacheStatus() async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/s", [OriginAnswer(fields: Self.fresh + [("Cache-Status", "near; hit")])])
            let miss = try await stage.send("GET", "/s")
            #expect(miss.values("cache-status").first == "near; hit")
            let said = try #require(miss.values("cache-status").last)
            #expect(said.hasPrefix("riffle; fwd=uri-miss; fwd-status=200; stored; ttl=3"))
            #expect(said.hasSuffix("; detail=cold"))
            let hit = try await stage.send("GET", "/s")
            #expect(hit["cache-status"]?.hasPrefix("riffle; hit; ttl=3") == true)
            let reload = try await stage.send("GET", "/s", [("Cache-Control", "no-cache")])
            #expect(
                reload.values("cache-status").last?.hasPrefix("riffle; fwd=request; fwd-status=200; stored") == true)
        }
    }

    @Test("interim answers do not disturb the final one", arguments: ["102 Processing", "103 Early Hints"])
    func interim(_ line: String) async throws {
        try await CacheStage.with { stage in
            var answer = OriginAnswer(fields: Self.fresh, body: "final")
            answer.interim = "HTTP/1.1 \(line)\r\nLink: </a>\r\n\r\n"
            stage.origin.script("/i", [answer])
            for _ in 0..<2 {
                let got = try await stage.send("GET", "/i")
                #expect(got.status == 200)
                #expect(got.body == "final")
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("trailers are dropped and the body is whole")
    func trailers() async throws {
        try await CacheStage.with { stage in
            stage.origin.script(
                "/t",
                [
                    OriginAnswer(
                        fields: Self.fresh + [("Transfer-Encoding", "chunked"), ("Trailer", "X-End")],
                        body: "4\r\nabcd\r\n3\r\nefg\r\n0\r\nX-End: 1\r\n\r\n")
                ])
            for _ in 0..<2 {
                let got = try await stage.send("GET", "/t")
                #expect(got.body == "abcdefg")
                #expect(got["x-end"] == nil)
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("a page that a dialect takes for a listing is cached by the general rules once it proved to be none")
    func noListing() async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/page/", [OriginAnswer(fields: Self.fresh + [("Content-Type", "text/html")])])
            for _ in 0..<4 { _ = try await stage.send("GET", "/page/") }
            #expect(stage.origin.requests.count == 2)
        }
    }

    @Test("with listings only, nothing else is cached")
    func listingsOnly() async throws {
        try await CacheStage.with {
            $0.cache.scope = .listings
        } _: { stage in
            stage.origin.script("/x", [OriginAnswer(fields: Self.fresh)])
            for _ in 0..<2 { _ = try await stage.send("GET", "/x") }
            #expect(stage.origin.requests.count == 2)
        }
    }
}
