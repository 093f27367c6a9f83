import Testing

@Suite("The tests' own servers", .showingServers, .timeLimit(.minutes(2)))
struct SupportTests {
    @Test("Apache serves and counts")
    func apache() async throws {
        try await onStage { stage in
            let apache = try await stage.apache()
            #expect(try await apache.probe.listing("/").names == ["/", "a", "b", "c", "café & co", "top.txt"])
            #expect(try await apache.probe.send("PUT", "/a/new.txt", body: "new").status == 201)
            #expect(try await apache.probe.listing("/a/").names.contains("new.txt"))
            #expect(try await apache.count("PROPFIND") == 2)
        }
    }

    @Test("nginx lists as JSON")
    func nginx() async throws {
        try await onStage { stage in
            let nginx = try await stage.nginx()
            #expect(try await nginx.probe.send("GET", "/a/").text.contains("one.txt"))
            #expect(try await nginx.count("/a/") == 1)
        }
    }

    @Test("Redis pauses, dies and comes back")
    func redis() async throws {
        try await onStage { stage in
            let redis = try await stage.redis()
            try await redis.crash()
            try await redis.restart()
            #expect(try await redis.size() == 0)
        }
    }
}
