import Testing

@Suite("A write to Graph through riffle", .serialized, .showingServers, .timeLimit(.minutes(4)))
struct GraphWriteTests {
    /// Every form of every listing, at the origin and through a riffle, is the same.
    static func expectSame(_ riffle: Probe, _ origin: SlowOriginProcess, _ targets: [String]) async throws {
        for target in targets {
            let seen = try await riffle.send("GET", target)
            let real = try await origin.probe.send("GET", target)
            #expect(seen.status == real.status, "\(target) \(seen["cache-status"] ?? "")")
            #expect(seen.text == real.text, "\(target) \(seen["cache-status"] ?? "")")
        }
    }

    private static func warm(_ riffle: Probe, _ targets: [String]) async throws {
        for target in targets { _ = try await riffle.send("GET", target) }
    }

    @Test("is seen by the next listing in every form, by id and by path", arguments: GraphChange.all)
    func seenThroughTheSameRiffle(change: GraphChange) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: GraphDrive.longLives)
            let drive = try await GraphDrive.read(origin.probe)
            try await Self.warm(riffle.probe, drive.listings)

            let answer = try await change.send(riffle.probe, drive)
            #expect(answer.status == change.status, "\(answer.text)")

            let after = try await GraphDrive.read(origin.probe)
            try await Self.expectSame(riffle.probe, origin, drive.listings + after.listings)
        }
    }

    @Test("is seen by every riffle on the same Redis", arguments: GraphChange.all)
    func seenThroughAnotherRiffle(change: GraphChange) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let redis = try await stage.redis()
            // Forms of Graph include the name that clients use, because links in answers lead to it.
            let (writer, reader) = try await (riffle(), riffle())
            func riffle() async throws -> Probe {
                try await stage.riffle(
                    before: origin.url, redis: redis.url, dialect: "graph", set: GraphDrive.longLives
                ).probe.named("graph.test")
            }
            let drive = try await GraphDrive.read(origin.probe)
            // Half of it warm in the reader's memory, all of it in Redis.
            let even = drive.listings.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            try await Self.warm(writer, drive.listings)
            for target in even {
                let seen = try await reader.send("GET", target)
                #expect(seen.cache?.detail == "redis", "\(target): what the writer stored")
            }

            let answer = try await change.send(writer, drive)
            #expect(answer.status == change.status, "\(answer.text)")

            let after = try await GraphDrive.read(origin.probe)
            try await Self.expectSame(reader, origin, drive.listings + after.listings)
        }
    }

    @Test("leaves listings that it does not touch in the cache")
    func otherFoldersStay() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: GraphDrive.longLives)
            let drive = try await GraphDrive.read(origin.probe)
            let others = [
                GraphDrive.byPath("b"), GraphDrive.byPath("a/deep"), drive.filled("/v1.0/me/drive/items/{b}/children"),
            ]
            try await Self.warm(riffle.probe, others)
            for change in ["PUT /v1.0/me/drive/root:/a/x.txt:/content", "DELETE /v1.0/me/drive/items/{a/one.txt}"] {
                let words = change.split(separator: " ").map(String.init)
                let answer = try await riffle.probe.send(
                    words[0], drive.filled(words[1]), body: words[0] == "PUT" ? "x" : "")
                #expect(answer.status < 300)
                for target in others {
                    let hit = try await riffle.probe.send("GET", target)
                    #expect(hit.isHit, "\(target) after \(change)")
                }
            }
        }
    }

    @Test("that the origin refuses drops nothing")
    func refusedWriteFlushesNothing() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: GraphDrive.longLives)
            let drive = try await GraphDrive.read(origin.probe)
            try await Self.warm(riffle.probe, [GraphDrive.byPath("a"), GraphDrive.byPath("")])
            let taken = GraphChange(
                name: "", method: "PATCH", target: "/v1.0/me/drive/items/{a/one.txt}", body: #"{"name":"two.txt"}"#,
                status: 409)
            let missing = GraphChange(name: "", method: "DELETE", target: "/v1.0/me/drive/root:/a/none", status: 404)
            for change in [taken, missing] {
                #expect(try await change.send(riffle.probe, drive).status == change.status)
            }
            #expect(try await riffle.probe.send("GET", GraphDrive.byPath("a")).isHit)
            #expect(try await riffle.probe.send("GET", GraphDrive.byPath("")).isHit)
        }
    }

    @Test(
        "that copies in the background is seen when its monitor says that it ended",
        arguments: [
            #"{"name":"copy.txt"}"#, #"{"parentReference":{"id":"{b}"}}"#,
            #"{"parentReference":{"path":"/drive/root:/c"},"name":"there.txt"}"#,
        ])
    func copy(body: String) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: GraphDrive.longLives)
            let drive = try await GraphDrive.read(origin.probe)
            try await Self.warm(riffle.probe, drive.listings)
            let change = GraphChange(
                name: "", method: "POST", target: "/v1.0/me/drive/items/{a/one.txt}/copy", body: body, status: 202)
            let answer = try await change.send(riffle.probe, drive)
            #expect(answer.status == 202)
            let monitor = try #require(answer["location"])
            #expect(monitor.hasPrefix(riffle.url), "\(monitor)")
            // Listings while it goes on are stored, and must not outlive its end.
            try await Self.warm(riffle.probe, drive.listings)
            try await eventually("the copy is done") {
                try await riffle.probe.send("GET", String(monitor.dropFirst(riffle.url.count))).text.contains(
                    "completed")
            }
            try await eventually("every listing shows the copy") {
                for target in drive.listings {
                    let seen = try await riffle.probe.send("GET", target).text
                    let real = try await origin.probe.send("GET", target).text
                    guard seen == real else { return false }
                }
                return true
            }
        }
    }

    @Test(
        "in parts is seen when its last part is in",
        arguments: ["/v1.0/me/drive/root:/a/big.bin:", "/v1.0/me/drive/items/{c}:/big.bin:"])
    func uploadSession(target: String) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: GraphDrive.longLives)
            let drive = try await GraphDrive.read(origin.probe)
            try await Self.warm(riffle.probe, drive.listings)
            let begin = GraphChange(
                name: "", method: "POST", target: target + "/createUploadSession", body: "{}", status: 200)
            let answer = try await begin.send(riffle.probe, drive)
            let url = try #require(
                answer.text.split(separator: "\"").first { $0.contains("/upload/") }.map(String.init))
            #expect(url.hasPrefix(riffle.url), "\(url)")
            let path = String(url.dropFirst(riffle.url.count))
            let first = try await riffle.probe.send("PUT", path, ["Content-Range": "bytes 0-4/10"], body: "01234")
            #expect(first.status == 202)
            #expect(try await riffle.probe.send("GET", GraphDrive.byPath("b")).isHit)
            let last = try await riffle.probe.send("PUT", path, ["Content-Range": "bytes 5-9/10"], body: "56789")
            #expect(last.status == 201)
            try await Self.expectSame(riffle.probe, origin, drive.listings)
            #expect(try await riffle.probe.send("GET", GraphDrive.byPath("b")).isHit)
        }
    }
}
