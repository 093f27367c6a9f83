import Testing

@Suite("Many clients open one cold folder", .serialized, .showingServers, .timeLimit(.minutes(3)))
struct HerdTests {
    @Test("1,000 at once are one origin call")
    func oneCall() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(latency: "fixed:3s")
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<1_000 { group.addTask { try await riffle.probe.open("/a/") } }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 207 && $0.body == answers[0].body })
            #expect(answers.count { $0.cache?.isCollapsed == true || $0.isHit } == 999)
            #expect(try await origin.counters().listings == 1)
        }
    }

    @Test("the first may leave: the others get the listing, and it is stored")
    func leaderLeaves() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(latency: "fixed:2s")
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            let first = try await RawConnection.open(riffle.port)
            await first.send(
                "PROPFIND /a/ HTTP/1.1\r\nHost: x\r\nDepth: 1\r\nContent-Type: application/xml\r\nContent-Length: "
                    + "\(Probe.properties.utf8.count)\r\n\r\n\(Probe.properties)")
            try await eventually("the origin was asked") { try await origin.counters().listings == 1 }
            async let follower = riffle.probe.open("/a/")
            await first.close()
            #expect(try await follower.status == 207)
            #expect(try await riffle.probe.open("/a/").isHit)
            #expect(try await origin.counters().listings == 1)
        }
    }
}
