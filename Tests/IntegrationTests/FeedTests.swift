import Foundation
import Testing

@Suite("Change feeds", .serialized, .showingServers, .timeLimit(.minutes(3)))
struct FeedTests {
    private func post(_ riffle: Riffle, _ body: String) async throws -> Answer {
        try await Probe(base: riffle.admin).send(
            "POST", "/-/invalidate", ["Content-Type": "application/json"], body: body)
    }

    private func write(_ root: String, _ path: String, _ text: String = "new") throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/" + path))
    }

    @Test("what a script tells of is fresh in every riffle once it is answered")
    func push() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let redis = try await stage.redis()
            // A loaded machine may need longer than people should wait.
            let patient = ["redis.budget": "1s"]
            let first = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav", set: patient)
            let second = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav", set: patient)
            for riffle in [first, second] {
                _ = try await riffle.probe.listing("/a/")
                _ = try await riffle.probe.listing("/a/deep/")
                _ = try await riffle.probe.listing("/b/")
            }
            try write(origin.root, "a/new.txt")
            try write(origin.root, "a/deep/new.txt")
            #expect(try await second.probe.open("/a/").isHit)
            let answer = try await post(first, #"{"path": "/a/new.txt"}"#)
            #expect(answer.status == 200)
            #expect(answer.text.contains("\"peersAcknowledged\":1"))
            #expect(try await second.probe.listing("/a/").names.contains("new.txt"))
            #expect(try await second.probe.open("/b/").isHit)
            #expect(try await second.probe.open("/a/deep/").isHit)
            _ = try await post(first, #"{"path": "/a/", "recursive": true}"#)
            #expect(try await second.probe.listing("/a/deep/").names.contains("new.txt"))
        }
    }

    @Test("while a poster is heard of listings live long, and at its silence what is stored falls back at once")
    func pushHealth() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(
                before: origin.url, dialect: "webdav",
                set: ["feed.pushSilence": "3s", "cache.defaultTTL": "1s", "feed.ttl": "10m"])
            #expect(try await (riffle.probe.open("/a/").cache?.ttl ?? 99) <= 1)
            _ = try await post(riffle, "{}")
            #expect(try await (riffle.probe.open("/b/").cache?.ttl ?? 0) > 500)
            let metrics = try await Probe(base: riffle.admin).send("GET", "/metrics").text
            #expect(metrics.contains("riffle_feed_channels{feed=\"push\",health=\"healthy\"} 1"))
            try write(origin.root, "b/new.txt")
            // Nobody posts any more; within a second of that the entry has its usual life, which is over.
            try await eventually("it is fetched anew") {
                try await riffle.probe.listing("/b/").names.contains("new.txt")
            }
            #expect(try await (riffle.probe.open("/b/").cache?.ttl ?? 99) <= 1)
        }
    }

    @Test("the walk over deep tags finds what changed behind riffle's back, and nothing else is fetched again")
    func walk() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.bushy(width: 3), options: ["--deep-tags"])
            let riffle = try await stage.riffle(
                before: origin.url, dialect: "webdav",
                set: [
                    "webdav.deepTags": "true", "feed.walk": "true", "feed.walkInterval": "200ms",
                    "cache.defaultTTL": "1s", "feed.ttl": "10m", "derived.rowTags": "false",
                ])
            let changed = "/folder%201/folder%202/"
            let beside = "/folder%201/folder%200/"
            _ = try await riffle.probe.open("/")
            try await eventually("the walk is healthy") {
                try await Probe(base: riffle.admin).send("GET", "/metrics").text
                    .contains("riffle_feed_channels{feed=\"walk\",health=\"healthy\"} 1")
            }
            // The first changes void all below folders that the walk had never read; later ones only what they touch.
            for round in 0..<3 {
                for folder in ["/", "/folder%201/", changed, beside] {
                    try await eventually("\(folder) lives long") {
                        let cache = try await riffle.probe.open(folder).cache
                        return cache?.isHit == true && (cache?.ttl ?? 0) > 500
                    }
                }
                try write(origin.root, "folder 1/folder 2/new-\(round).txt")
                try await eventually("it is seen") {
                    try await riffle.probe.listing(changed).names.contains("new-\(round).txt")
                }
                if round == 2 { #expect(try await riffle.probe.open(beside).isHit) }
            }
        }
    }

    @Test("when the walk can't reach the origin, long lives end")
    func walkFails() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(options: ["--deep-tags"])
            let riffle = try await stage.riffle(
                before: origin.url, dialect: "webdav",
                set: [
                    "webdav.deepTags": "true", "feed.walk": "true", "feed.walkInterval": "200ms",
                    "cache.defaultTTL": "1s", "feed.ttl": "10m",
                ])
            _ = try await riffle.probe.open("/a/")
            try await eventually("it lives long") { try await (riffle.probe.open("/a/").cache?.ttl ?? 0) > 500 }
            try await origin.setFaults("5xx=1,on=all")
            try await eventually("it has expired") { try await riffle.probe.open("/a/").status >= 500 }
        }
    }
}
