import NIOHTTP2
import Synchronization
import Testing

@testable import RiffleProxy

/// Tokens of two people, genuine and forged, in front of an origin with a private folder and one open to everybody.
@Suite("Tokens that name their person", .timeLimit(.minutes(2)))
struct TokenStoryTests {
    enum Way: String, CaseIterable, Sendable {
        case listing, general
    }

    /// What the origin does beside looking at tokens.
    struct World: Sendable {
        var isDown = false
        var isPrivateOpen = false
        var waits = false
    }

    static func answer(_ request: WireMessage, _ world: World) -> OriginAnswer {
        if world.isDown { return OriginAnswer(status: 503, body: "down") }
        let token = request["authorization"].map { String($0.dropFirst("Bearer ".count)) } ?? ""
        let isOpen = request.target.hasPrefix("/open/") || world.isPrivateOpen
        let isGenuine = token.hasSuffix(".\(Tokens.genuine)")
        guard isOpen || isGenuine else { return OriginAnswer(status: 401, body: "who?", waits: world.waits) }
        let name = isGenuine ? Tokens.subject(token) ?? "?" : "everybody"
        guard request.method == "PROPFIND" else {
            return OriginAnswer(fields: [("Cache-Control", "max-age=60")], body: "of-\(name)", waits: world.waits)
        }
        let rows = [request.target, "\(request.target)of-\(name)"].map { href in
            "<D:response><D:href>\(href)</D:href><D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
                + "</D:response>"
        }
        return OriginAnswer(
            status: 207, fields: [("Content-Type", "application/xml")],
            body: "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\">\(rows.joined())</D:multistatus>",
            waits: world.waits)
    }

    struct Scene: Sendable {
        let stage: CacheStage
        let way: Way
        let world: Changing

        func open(_ folder: String, _ token: String) async throws -> WireMessage {
            let fields = [("Authorization", "Bearer \(token)")]
            return try await way == .listing
                ? stage.send("PROPFIND", folder, fields + [("Depth", "1")]) : stage.send("GET", folder, fields)
        }

        /// Opens until the token has been proven; that is asked beside the answer.
        func proven(_ token: String) async throws {
            for _ in 0..<200 {
                _ = try await open("/proof/", token)
                let asked = stage.origin.requests.count
                let again = try await open("/proof/", token)
                if again.isHit, stage.origin.requests.count == asked { return }
                try await Task.sleep(for: .milliseconds(5))
            }
            Issue.record("the token was never proven")
        }
    }

    final class Changing: Sendable {
        private let state = Mutex(World())
        var value: World { state.withLock { $0 } }
        func change(_ body: (inout World) -> Void) { state.withLock { body(&$0) } }
    }

    static func play(
        _ way: Way, _ change: (inout Settings) -> Void = { _ in }, _ story: (Scene) async throws -> Void
    ) async throws {
        try await CacheStage.with({ settings in
            settings.origin.dialect = .webdav
            settings.cache.scope = way == .listing ? .listings : .all
            settings.identity.claims = .automatic
            change(&settings)
        }) { stage in
            let world = Changing()
            stage.origin.answer { answer($0, world.value) }
            try await story(Scene(stage: stage, way: way, world: world))
        }
    }

    @Test("a refreshed token asks the origin once, then opens what the former one left", arguments: Way.allCases)
    func refreshed(way: Way) async throws {
        try await Self.play(way) { scene in
            let (first, second) = (Tokens.token("alice", 1), Tokens.token("alice", 2))
            try await scene.proven(first)
            #expect(try await !scene.open("/private/", first).isHit)
            #expect(try await scene.open("/private/", first).isHit)
            let cold = try await scene.open("/private/", second)
            #expect(!cold.isHit && cold.body.contains("of-alice"))
            if way == .listing { #expect(cold["cache-status"]?.contains("unvouched") == true) }
            try await scene.proven(second)
            let before = scene.stage.origin.requests.count
            #expect(try await scene.open("/private/", second).isHit)
            #expect(scene.stage.origin.requests.count == before)
        }
    }

    @Test("other people, other scopes and forged copies never share", arguments: Way.allCases)
    func apart(way: Way) async throws {
        try await Self.play(way) { scene in
            let alice = Tokens.token("alice", 1)
            try await scene.proven(alice)
            _ = try await scene.open("/private/", alice)
            #expect(try await scene.open("/private/", alice).isHit)
            for other in [Tokens.token("bob", 1), Tokens.token("alice", 3, scope: "less")] {
                try await scene.proven(other)
                #expect(try await !scene.open("/private/", other).isHit)
            }
            let forged = Tokens.token("alice", 2, signature: Tokens.forged)
            for _ in 0..<3 { #expect(try await scene.open("/private/", forged).status == 401) }
        }
    }

    @Test("a folder open to everybody vouches for no forged token", arguments: Way.allCases)
    func openFolder(way: Way) async throws {
        try await Self.play(way) { scene in
            let alice = Tokens.token("alice", 1)
            try await scene.proven(alice)
            _ = try await scene.open("/private/", alice)
            _ = try await scene.open("/open/", alice)
            let forged = Tokens.token("alice", 2, signature: Tokens.forged)
            for round in 0..<4 {
                let open = try await scene.open("/open/", forged)
                #expect(open.status < 300 && open.body.contains("of-everybody"), "round \(round)")
                let closed = try await scene.open("/private/", forged)
                #expect(closed.status == 401 && !closed.body.contains("alice"), "round \(round)")
            }
            #expect(try await scene.open("/open/", alice).body.contains("of-alice"))
        }
    }

    @Test("while the origin fails, what is stale is for proven tokens only", arguments: Way.allCases)
    func stale(way: Way) async throws {
        try await Self.play(
            way,
            {
                $0.cache.staleIfError = 600_000; $0.cache.defaultTTL = 50
            }
        ) { scene in
            let alice = Tokens.token("alice", 1)
            try await scene.proven(alice)
            _ = try await scene.open("/private/", alice)
            scene.world.change { $0.isDown = true }
            let forged = Tokens.token("alice", 2, signature: Tokens.forged)
            for token in [forged, Tokens.token("alice", 3), Tokens.token("bob", 1)] {
                for _ in 0..<3 {
                    let answer = try await scene.open("/private/", token)
                    #expect(answer.status == 503 && !answer.body.contains("alice"))
                }
            }
            #expect(try await scene.open("/private/", alice).body.contains("of-alice"))
        }
    }

    @Test("nobody joins the fill of a token that is not proven to be his", arguments: Way.allCases)
    func coalescing(way: Way) async throws {
        try await Self.play(way) { scene in
            let alice = Tokens.token("alice", 1)
            let forged = Tokens.token("alice", 2, signature: Tokens.forged)
            try await scene.proven(alice)
            scene.world.change { $0.waits = true }
            async let hers = scene.open("/slow/", alice)
            try await untilHeld(1, scene)
            async let forgery = scene.open("/slow/", forged)
            async let unproven = scene.open("/slow/", Tokens.token("alice", 3))
            try await untilHeld(3, scene)
            scene.world.change { $0.waits = false }
            scene.stage.origin.release()
            let answers = try await [hers, forgery, unproven]
            #expect(answers[0].body.contains("of-alice"))
            #expect(answers[1].status == 401)
            #expect(answers[2].body.contains("of-alice"))
        }
    }

    private func untilHeld(_ count: Int, _ scene: Scene) async throws {
        for _ in 0..<2_000 where scene.stage.origin.heldCount < count { try await Task.sleep(for: .milliseconds(5)) }
        try #require(scene.stage.origin.heldCount == count)
    }

    @Test("a token the origin refuses sees nothing more, though its person's others do", arguments: Way.allCases)
    func refused(way: Way) async throws {
        try await Self.play(way) { scene in
            let (alice, other) = (Tokens.token("alice", 1), Tokens.token("alice", 2))
            try await scene.proven(alice)
            try await scene.proven(other)
            _ = try await scene.open("/private/", alice)
            scene.stage.origin.script("/gone/", [OriginAnswer(status: 401)])
            #expect(try await scene.open("/gone/", other).status == 401)
            #expect(try await !scene.open("/private/", other).isHit)
            #expect(try await scene.open("/private/", alice).isHit)
        }
    }

    @Test("an origin that accepts damaged signatures gets no sharing at all", arguments: Way.allCases)
    func lenient(way: Way) async throws {
        try await Self.play(way) { scene in
            scene.world.change { $0.isPrivateOpen = true }
            let (first, second) = (Tokens.token("alice", 1), Tokens.token("alice", 2))
            for _ in 0..<3 { _ = try await scene.open("/private/", first) }
            #expect(try await scene.open("/private/", first).isHit)
            #expect(try await !scene.open("/private/", second).isHit)
        }
    }

    @Test("over HTTP/2 a forged token is a stranger as well")
    func http2() async throws {
        try await Self.play(.listing) { scene in
            let alice = Tokens.token("alice", 1)
            try await scene.proven(alice)
            _ = try await scene.open("/private/", alice)
            func ask(_ stream: HTTP2StreamID, _ token: String) -> [(String, String)] {
                [
                    (":method", "PROPFIND"), (":scheme", "http"), (":path", "/private/"), (":authority", "cache.test"),
                    ("depth", "1"), ("authorization", "Bearer \(token)"),
                ]
            }
            try await FrameClient.run(port: scene.stage.port) { client in
                let forged = Tokens.token("alice", 2, signature: Tokens.forged)
                for (stream, token) in [(1, forged), (3, alice), (5, forged)] {
                    try await client.request(HTTP2StreamID(stream), ask(HTTP2StreamID(stream), token))
                    let status = await client.answer(on: HTTP2StreamID(stream))
                    #expect(status == (token == alice ? "status 207" : "status 401"))
                }
            }
        }
    }
}

extension WireMessage {
    var isHit: Bool { self["cache-status"]?.contains("riffle; hit") == true }
}
