import Foundation
import Testing

@Suite("Where the delta query of a Graph drive stands", .serialized, .showingServers, .timeLimit(.minutes(3)))
struct GraphResyncTests {
    private static let folder = GraphDrive.byPath("a")
    /// The name is part of a form, as links lead to it: by the same one, riffles share what they hold.
    private static let host = ["Host": "drive.example"]
    private static let afresh = ["Host": "drive.example", "Cache-Control": "no-cache"]
    private static let feed = ["feed.delta": "true", "feed.deltaInterval": "300ms"]

    private static func cover(_ riffle: Riffle) async throws {
        try await GraphDrive.cover(riffle, by: host)
        #expect(try await riffle.probe.send("GET", folder, host).isHit)
    }

    @Test("is kept in Redis: a riffle that starts anew hears of what changed while none was there")
    func restart() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let redis = try await stage.redis()
            let first = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "graph", set: Self.feed)
            try await Self.cover(first)
            try await eventually("where the feed stands is kept") {
                try await redis.command("--scan", "--pattern", "rf1:*:m:*").hasPrefix("rf1:{")
            }
            let key = try await redis.command("--scan", "--pattern", "rf1:*:m:*")
            #expect(try await !redis.command("GET", key).contains("token"))
            await first.stop()
            try await GraphDrive.write(origin, "meanwhile.txt")

            // Without a feed: what Redis holds of the folder is from before.
            let deaf = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "graph")
            _ = try await deaf.probe.send("GET", GraphDrive.byPath("b"), Self.afresh)
            let before = try await deaf.probe.send("GET", Self.folder, Self.host)
            #expect(before.isHit && !before.text.contains("meanwhile.txt"), "\(before["cache-status"] ?? "")")
            await deaf.stop()

            let second = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "graph", set: Self.feed)
            // Somebody is active again, so that the feed goes on.
            _ = try await second.probe.send("GET", GraphDrive.byPath("b"), Self.afresh)
            try await eventually("what changed meanwhile is seen") {
                try await second.probe.send("GET", Self.folder, Self.host).text.contains("meanwhile.txt")
            }
        }
    }

    @Test("may be forgotten by the origin: then everything of the drive is asked for anew")
    func tooOld() async throws {
        try await onStage { stage in
            let root = try stage.folder.makeFolder("drive")
            try Tree.small.build(at: root)
            let arguments = [
                "--root", root, "--listen", "127.0.0.1:\(try freePort())", "--dialect", "graph", "--latency", "none",
            ]
            let origin = try await stage.slowOrigin(arguments, root: root)
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: Self.feed)
            try await Self.cover(riffle)
            for name in ["one.more", "two.more", "three.more"] { try await GraphDrive.write(origin, name) }
            try await eventually("the feed has come to the last of them") {
                try await riffle.probe.send("GET", Self.folder, Self.host).text.contains("three.more")
            }

            // Started anew it counts its changes from the beginning, and says 410 to a token from its other life.
            await origin.process.stop()
            try Data("x".utf8).write(to: URL(fileURLWithPath: root + "/a/behind.txt"))
            let again = try await stage.slowOrigin(arguments, root: root)
            try await eventually("what no delta query told is seen") {
                try await riffle.probe.send("GET", Self.folder, Self.host).text.contains("behind.txt")
            }
            let counters = try await again.counters()
            #expect(counters.byPath.contains { $0.key.contains("delta") }, "\(counters.byPath.keys)")
            try await eventually("listings live long again") {
                let answer = try await riffle.probe.send("GET", Self.folder, Self.afresh)
                return (answer.cache?.ttl ?? 0) > 300
            }
        }
    }
}
