import Testing

@testable import RiffleProxy

/// What unsafe requests void (RFC 9111 §4.4, RFC 9875).
struct InvalidationStoryTests {
    private static let fresh = [("Cache-Control", "max-age=3600")]

    /// - Returns: whether `path` is fetched anew after the unsafe request.
    private static func isVoided(
        _ stage: CacheStage, _ path: String, by method: String, _ target: String, _ answer: OriginAnswer
    ) async throws -> Bool {
        stage.origin.script(path, [OriginAnswer(fields: fresh)])
        _ = try await stage.send("GET", path)
        stage.origin.script(target, [answer, OriginAnswer(fields: fresh)])
        _ = try await stage.send(method, target)
        let before = stage.origin.requests.count
        _ = try await stage.send("GET", path)
        return stage.origin.requests.count > before
    }

    @Test("an unsafe request voids its target", arguments: ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "FOO"])
    func target(_ method: String) async throws {
        try await CacheStage.with { stage in
            for status in [200, 204, 302] {
                let voided = try await Self.isVoided(
                    stage, "/t/\(status)?q=1", by: method, "/t/\(status)?q=1", OriginAnswer(status: status))
                #expect(voided, "\(status)")
            }
        }
    }

    @Test("a refused write voids nothing, a safe request voids nothing")
    func refused() async throws {
        try await CacheStage.with { stage in
            for (method, status) in [("PUT", 404), ("POST", 403), ("OPTIONS", 200), ("HEAD", 200)] {
                let path = "/r/\(method)"
                let voided = try await Self.isVoided(stage, path, by: method, path, OriginAnswer(status: status))
                #expect(!voided, "\(method)")
            }
        }
    }

    @Test(
        "a write that failed voids nothing, one whose outcome is open voids",
        arguments: [(500, false), (501, false), (503, false), (502, true), (504, true)])
    func failed(_ status: Int, _ isVoided: Bool) async throws {
        try await CacheStage.with { stage in
            for method in ["POST", "PUT", "DELETE", "FOO"] {
                let path = "/failed/\(method)"
                let voided = try await Self.isVoided(stage, path, by: method, path, OriginAnswer(status: status))
                #expect(voided == isVoided, "\(method)")
            }
        }
    }

    @Test("a write without an answer voids")
    func unanswered() async throws {
        try await CacheStage.with { stage in
            var silent = OriginAnswer()
            silent.hangsUp = true
            for method in ["POST", "DELETE", "FOO"] {
                let path = "/unanswered/\(method)"
                let voided = try await Self.isVoided(stage, path, by: method, path, silent)
                #expect(voided, "\(method)")
            }
        }
    }

    @Test("a method nobody knows reaches its target only, a deleted tree all that was below it")
    func reach() async throws {
        try await CacheStage.with { stage in
            let table = [
                ("/r/a", "FOO", "/r/b", false), ("/r/c/d", "FOO", "/r/c", false), ("/r/e/f", "DELETE", "/r/e", true),
                ("/r/", "PUT", "/r/g", true), ("/r/h", "PUT", "/r/i", false),
            ]
            for (path, method, target, isVoided) in table {
                let voided = try await Self.isVoided(stage, path, by: method, target, OriginAnswer(status: 204))
                #expect(voided == isVoided, "\(method) \(target), \(path)")
            }
        }
    }

    @Test(
        "Location and Content-Location of the same origin are voided",
        arguments: [("Location", true), ("Content-Location", true), ("X-Location", false)])
    func location(_ field: String, _ isVoided: Bool) async throws {
        try await CacheStage.with { stage in
            for method in ["POST", "PUT", "DELETE", "FOO"] {
                for value in ["/x/\(method)/other", "http://cache.test/x/\(method)/other"] {
                    let voided = try await Self.isVoided(
                        stage, "/x/\(method)/other", by: method, "/y/\(method)/write",
                        OriginAnswer(status: 201, fields: [(field, value)]))
                    #expect(voided == isVoided, "\(method) \(value)")
                }
            }
        }
    }

    @Test("Location of another origin is not")
    func foreignLocation() async throws {
        try await CacheStage.with { stage in
            let voided = try await Self.isVoided(
                stage, "/x/other", by: "POST", "/y/write",
                OriginAnswer(status: 201, fields: [("Location", "http://elsewhere.test/x/other")]))
            #expect(!voided)
        }
    }

    @Test("a group is voided as one, another group is not")
    func groups() async throws {
        try await CacheStage.with { stage in
            for (path, group) in [("/g/1", "\"a\", \"b\""), ("/h/2", "\"b\""), ("/i/3", "\"c\"")] {
                stage.origin.script(path, [OriginAnswer(fields: Self.fresh + [("Cache-Groups", group)])])
                _ = try await stage.send("GET", path)
            }
            stage.origin.script(
                "/write/here", [OriginAnswer(status: 204, fields: [("Cache-Group-Invalidation", "\"b\"")])])
            _ = try await stage.send("POST", "/write/here")
            let before = stage.origin.requests.count
            for path in ["/g/1", "/h/2", "/i/3"] { _ = try await stage.send("GET", path) }
            #expect(stage.origin.requests.dropFirst(before).map(\.target) == ["/g/1", "/h/2"])
        }
    }

    @Test("a fill that began before a write is not stored")
    func fence() async throws {
        try await CacheStage.with { stage in
            var slow = OriginAnswer(fields: Self.fresh, body: "old")
            slow.waits = true
            stage.origin.script("/f", [slow, OriginAnswer(status: 204), OriginAnswer(fields: Self.fresh, body: "new")])
            async let first = stage.send("GET", "/f")
            let isAsked = try await eventually { stage.origin.heldCount == 1 }
            #expect(isAsked)
            _ = try await stage.send("PUT", "/f", body: "new")
            stage.origin.release()
            #expect(try await first.body == "old")
            let second = try await stage.send("GET", "/f")
            #expect(second.body == "new")
        }
    }
}
