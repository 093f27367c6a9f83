import Testing

@testable import RiffleProxy

/// Stale use (RFC 9111 §4.2.4, RFC 5861).
struct StaleStoryTests {
    private static func stored(_ control: String) -> OriginAnswer {
        Say.answer(("Cache-Control", control), ("Age", "20"), ("ETag", "\"a\""))
    }

    /// What the origin does next, what was stored before, and whether that is given.
    static let failures: [(control: String, isGiven: Bool)] = [
        ("max-age=10, stale-if-error=60", true),
        ("max-age=10, stale-while-revalidate=5, stale-if-error=60", true),
        ("max-age=10", false),
        ("max-age=10, stale-if-error=5", false),
        ("max-age=10, stale-if-error=60, must-revalidate", false),
        ("max-age=10, stale-if-error=60, proxy-revalidate", false),
        ("s-maxage=10, stale-if-error=60", false),
        ("no-cache, stale-if-error=60", false),
    ]

    @Test("an origin that fails is covered as long as the answer allows", arguments: failures)
    func fails(_ row: (control: String, isGiven: Bool)) async throws {
        try await CacheStage.with { stage in
            for (path, failure, code) in [
                ("/a", OriginAnswer(status: 503, body: "busy"), 503), ("/b", OriginAnswer(hangsUp: true), 502),
            ] {
                var first = Self.stored(row.control)
                first.body = "stored"
                stage.origin.script(path, [first])
                _ = try await stage.send("GET", path)
                stage.origin.script(path, [failure])
                let answer = try await stage.send("GET", path)
                #expect(answer.status == (row.isGiven ? 200 : code), "\(path) \(answer)")
                if row.isGiven {
                    #expect(answer.body == "stored")
                    let said = answer["cache-status"] ?? ""
                    #expect(said.hasPrefix(code == 503 ? "riffle; fwd=stale; fwd-status=503" : "riffle; fwd=stale; "))
                }
            }
        }
    }

    @Test("the operator's own ceiling covers what says nothing")
    func configured() async throws {
        try await CacheStage.with {
            $0.cache.staleIfError = 60_000
        } _: { stage in
            stage.origin.script("/a", [Self.stored("max-age=10")])
            _ = try await stage.send("GET", "/a")
            stage.origin.script("/a", [OriginAnswer(status: 503)])
            let answer = try await stage.send("GET", "/a")
            #expect(answer.status == 200)
        }
    }

    @Test("no window exceeds the operator's ceiling, whoever asks for it")
    func ceiling() async throws {
        try await CacheStage.with {
            $0.cache.staleCeiling = 0
            $0.cache.staleIfError = 60_000
        } _: { stage in
            let controls = [
                "max-age=10, stale-while-revalidate=60", "max-age=10, stale-if-error=60", "max-age=10",
            ]
            for (number, control) in controls.enumerated() {
                stage.origin.script("/\(number)", [Self.stored(control)])
                _ = try await stage.send("GET", "/\(number)")
                stage.origin.script("/\(number)", [OriginAnswer(status: 503)])
                let answer = try await stage.send("GET", "/\(number)", [("Cache-Control", "max-stale")])
                #expect(answer.status == 503, "\(control)")
            }
        }
    }

    @Test("a refusal is never covered", arguments: [401, 403, 404])
    func refusals(_ status: Int) async throws {
        try await CacheStage.with { stage in
            stage.origin.script("/a", [Self.stored("max-age=10, stale-if-error=60")])
            _ = try await stage.send("GET", "/a")
            stage.origin.script("/a", [OriginAnswer(status: status)])
            let answer = try await stage.send("GET", "/a")
            #expect(answer.status == status)
        }
    }

    @Test("within stale-while-revalidate the stored answer is given while it is renewed")
    func whileRevalidating() async throws {
        try await CacheStage.with { stage in
            var first = Self.stored("max-age=10, stale-while-revalidate=60")
            first.body = "old"
            stage.origin.script("/a", [first])
            _ = try await stage.send("GET", "/a")
            stage.origin.script(
                "/a", [Say.answer(("Cache-Control", "max-age=3600"), ("ETag", "\"b\""), body: "new")])
            let answer = try await stage.send("GET", "/a")
            #expect(answer.body == "old")
            #expect(answer["age"].flatMap { Int($0) } ?? 0 >= 20)
            let isRenewed = try await eventually { try await stage.send("GET", "/a").body == "new" }
            #expect(isRenewed)
            #expect(stage.origin.requests.count == 2)
        }
    }

    @Test("outside of stale-while-revalidate, and for clients that want it fresh, the origin is asked first")
    func outsideOfWindow() async throws {
        try await CacheStage.with { stage in
            for (path, control, wish) in [
                ("/a", "max-age=10, stale-while-revalidate=5", []),
                ("/b", "max-age=10, stale-while-revalidate=60", [("Cache-Control", "max-age=100")]),
                ("/c", "max-age=10, stale-while-revalidate=60, must-revalidate", []),
            ] {
                stage.origin.script(path, [Self.stored(control)])
                _ = try await stage.send("GET", path)
                stage.origin.script(path, [Say.answer(body: "new")])
                let answer = try await stage.send("GET", path, wish)
                #expect(answer.body == "new", "\(path)")
            }
        }
    }
}

/// Waits for a condition that something in the background brings about; false after a generous while.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(10)
    while clock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}
