import Foundation
import Testing

@Suite("Two people with different rights", .showingServers, .timeLimit(.minutes(3)))
struct PrincipalTests {
    private static let users = """
        user alice password=secret token=alice-token
        allow /
        user bob password=hunter2 token=bob-token
        read /
        deny /a
        """

    private static func basic(_ name: String, _ password: String) -> String {
        "Basic " + Data("\(name):\(password)".utf8).base64EncodedString()
    }

    struct Pair: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let alice: String
        let bob: String
        let wrong: String
    }

    static let pairs = [
        Pair(
            testDescription: "Basic", alice: basic("alice", "secret"), bob: basic("bob", "hunter2"),
            wrong: basic("alice", "guess")),
        Pair(
            testDescription: "Bearer", alice: "Bearer alice-token", bob: "Bearer bob-token", wrong: "Bearer alice-tokem"
        ),
    ]

    @Test("never see each other's listing: cold, warm, in turns, with a wrong password", arguments: pairs)
    func oneRiffle(pair: Pair) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(users: Self.users)
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            let alice = riffle.probe.with(pair.alice)
            let bob = riffle.probe.with(pair.bob)
            for round in 0..<4 {
                let hers = try await alice.open("/a/")
                #expect(hers.status == 207)
                #expect(hers.isHit == (round > 0))
                #expect(try Listing(hers).names.contains("one.txt"))

                let his = try await bob.open("/a/")
                #expect(his.status == 403)
                #expect(!his.isHit)

                #expect(try await alice.listing("/").names.contains("a"))
                #expect(try await !bob.listing("/").names.contains("a"))

                for path in ["/", "/a/"] {
                    let stranger = try await riffle.probe.with(pair.wrong).open(path)
                    #expect(stranger.status == 401)
                    #expect(!stranger.isHit)
                    let nobody = try await riffle.probe.open(path)
                    #expect(nobody.status == 401)
                    #expect(!nobody.isHit)
                }
            }
        }
    }

    @Test("never see each other's listing through Redis and another riffle", arguments: pairs)
    func twoRiffles(pair: Pair) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(users: Self.users)
            let redis = try await stage.redis()
            let first = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav")
            let second = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav")
            for riffle in [first, second, first, second] {
                for path in ["/", "/a/"] {
                    #expect(try await riffle.probe.with(pair.wrong).open(path).status == 401)
                    #expect(try await riffle.probe.open(path).status == 401)
                }
                #expect(try await riffle.probe.with(pair.alice).listing("/").names.contains("a"))
                #expect(try await riffle.probe.with(pair.alice).listing("/a/").names.contains("one.txt"))
                #expect(try await !riffle.probe.with(pair.bob).listing("/").names.contains("a"))
                #expect(try await riffle.probe.with(pair.bob).open("/a/").status == 403)
            }
        }
    }

    @Test("share their own listings by token, through memory and Redis, and a forged token never does")
    func tokens() async throws {
        func token(_ name: String, _ number: Int, signature: String = "Z2VudWluZS1zaWduYXR1cmU") -> String {
            let payload = #"{"iss":"https://login.test","sub":"\#(name)","exp":4102444800,"jti":"\#(number)"}"#
            let parts = [#"{"alg":"ES256"}"#, payload].map { part in
                Data(part.utf8).base64EncodedString().replacing("=", with: "")
            }
            return "\(parts.joined(separator: ".")).\(signature)"
        }
        try await onStage { stage in
            let origin = try await stage.slowOrigin(
                users: """
                    user alice token=\(token("alice", 1)) token=\(token("alice", 2)) token=\(token("alice", 3))
                    allow /
                    user bob token=\(token("bob", 1))
                    read /
                    deny /a
                    """)
            let redis = try await stage.redis()
            let set = ["identity.claims": "auto"]
            let first = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav", set: set)
            let second = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav", set: set)
            func alice(_ riffle: Riffle, _ number: Int) -> Probe {
                riffle.probe.with("Bearer \(token("alice", number))")
            }
            try await eventually("her second token finds what the first one brought") {
                _ = try await alice(first, 1).open("/a/")
                return try await alice(first, 2).open("/a/").cache?.isHit == true
            }
            try await eventually("another riffle finds it in Redis") {
                try await alice(second, 3).open("/a/").cache?.isHit == true
            }
            for riffle in [first, second] {
                let forged = riffle.probe.with("Bearer \(token("alice", 1, signature: "Zm9yZ2VkLXNpZ25hdHVyZQ"))")
                let bob = riffle.probe.with("Bearer \(token("bob", 1))")
                for path in ["/", "/a/", "/"] {
                    #expect(try await forged.open(path).status == 401)
                }
                #expect(try await bob.open("/a/").status == 403)
                #expect(try await !bob.listing("/").names.contains("a"))
            }
        }
    }

    @Test("lose what they saw once their password is revoked and the vouch has run out")
    func revoked() async throws {
        try await onStage { stage in
            // Two origins stand for one before and after the revocation: a delaying proxy leads to either.
            let before = try await stage.slowOrigin(users: Self.users)
            let port = try #require(Stage.port(of: before.url[...]))
            let riffle = try await stage.riffle(
                before: before.url, dialect: "webdav", set: ["cache.vouchTTL": "1s", "cache.defaultTTL": "10m"])
            let alice = riffle.probe.with(Self.basic("alice", "secret"))
            #expect(try await alice.open("/a/").status == 207)
            #expect(try await alice.open("/a/").isHit)

            await before.process.stop()
            let users = try stage.folder.write("user alice password=changed\nallow /\n", to: "users-2")
            _ = try await stage.slowOrigin(
                ["--root", before.root, "--listen", "127.0.0.1:\(port)", "--users", users], root: before.root)
            try await eventually("the old password is refused") { try await alice.open("/a/").status == 401 }
            #expect(try await alice.open("/a/").status == 401)
            #expect(try await riffle.probe.with(Self.basic("alice", "changed")).open("/a/").status == 207)
        }
    }
}
