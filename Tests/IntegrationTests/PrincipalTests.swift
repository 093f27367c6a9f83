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
