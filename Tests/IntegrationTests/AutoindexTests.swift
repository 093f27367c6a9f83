import NIOCore
import Testing

@Suite("nginx's JSON listings", .showingServers, .timeLimit(.minutes(2)))
struct AutoindexTests {
    @Test("the second open is a hit with the very same bytes")
    func secondOpenIsAHit() async throws {
        try await onStage { stage in
            let nginx = try await stage.nginx()
            let riffle = try await stage.riffle(before: nginx.url)
            let direct = try await nginx.probe.send("GET", "/caf%C3%A9%20%26%20co/")
            let asked = try await nginx.count("/café & co/")
            let first = try await riffle.probe.send("GET", "/caf%C3%A9%20%26%20co/")
            let second = try await riffle.probe.send("GET", "/caf%C3%A9%20%26%20co/")
            #expect(first.body == direct.body)
            #expect(first["content-type"] == direct["content-type"])
            #expect(!first.isHit)
            #expect(second.isHit)
            #expect(second.cache?.detail == "memory")
            #expect(second.body == direct.body)
            #expect(second["content-type"] == direct["content-type"])
            #expect(try await nginx.count("/café & co/") == asked + 1)
        }
    }

    @Test("HEAD of a stored listing has its length and no body")
    func headOfAHit() async throws {
        try await onStage { stage in
            let nginx = try await stage.nginx()
            let riffle = try await stage.riffle(before: nginx.url)
            let get = try await riffle.probe.send("GET", "/a/")
            let head = try await riffle.probe.send("HEAD", "/a/")
            #expect(head.status == 200)
            #expect(head.body.readableBytes == 0)
            #expect(head.isHit)
            #expect(head["content-length"].map { $0 == "\(get.body.readableBytes)" } ?? true)
        }
    }

    @Test("a conditional open is answered from memory")
    func conditional() async throws {
        try await onStage { stage in
            let nginx = try await stage.nginx()
            let riffle = try await stage.riffle(before: nginx.url)
            _ = try await riffle.probe.send("GET", "/a/")
            let hit = try await riffle.probe.send("GET", "/a/")
            let other = try await riffle.probe.send("GET", "/a/", ["If-None-Match": "\"something else\""])
            #expect(other.status == 200)
            #expect(other.body == hit.body)
            if let tag = hit["etag"] {
                let same = try await riffle.probe.send("GET", "/a/", ["If-None-Match": tag])
                #expect(same.status == 304)
                #expect(same.body.readableBytes == 0)
                #expect(same["etag"] == tag)
            }
        }
    }

    @Test("the redirect of a folder without a slash leads back to riffle")
    func redirect() async throws {
        try await onStage { stage in
            let nginx = try await stage.nginx()
            let riffle = try await stage.riffle(before: nginx.url)
            for _ in 0..<2 {
                let answer = try await riffle.probe.send("GET", "/a")
                #expect(answer.status == 301)
                #expect(answer["location"] == riffle.url + "/a/")
            }
        }
    }

    @Test("files pass through untouched")
    func files() async throws {
        try await onStage { stage in
            let nginx = try await stage.nginx()
            let riffle = try await stage.riffle(before: nginx.url)
            for _ in 0..<2 {
                let answer = try await riffle.probe.send("GET", "/a/one.txt")
                #expect(answer.text == "one")
                #expect(answer.cache?.forward == "bypass")
                #expect(answer.cache?.detail == "not-a-listing")
            }
        }
    }
}
