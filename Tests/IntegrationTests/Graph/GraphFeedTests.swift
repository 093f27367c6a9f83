import Testing

@Suite("Changes of a Graph drive behind riffle's back", .showingServers, .timeLimit(.minutes(3)))
struct GraphFeedTests {
    private static let folder = GraphDrive.byPath("a")

    /// A riffle whose feed is healthy: what it stores from now on lives long.
    private static func covered(_ stage: Stage, _ origin: SlowOriginProcess, _ set: [String: String]) async throws
        -> Riffle
    {
        let riffle = try await stage.riffle(
            before: origin.url, dialect: "graph", set: ["feed.delta": "true"].merging(set) { $1 })
        try await GraphDrive.cover(riffle)
        return riffle
    }

    @Test("are seen with the next delta query, and nothing else is dropped")
    func polls() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await Self.covered(stage, origin, ["feed.deltaInterval": "300ms"])
            #expect(try await riffle.probe.send("GET", GraphDrive.byPath("b")).isHit)
            for name in ["one-more.txt", "two-more.txt"] {
                try await GraphDrive.write(origin, name)
                try await eventually("\(name) is seen") {
                    try await riffle.probe.send("GET", Self.folder).text.contains(name)
                }
            }
        }
    }

    @Test("are seen when the origin notifies, however seldom riffle polls")
    func notifications() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let port = try freePort()
            let riffle = try await Self.covered(
                stage, origin,
                [
                    "feed.deltaInterval": "10m", "feed.hookListen": "127.0.0.1:\(port)",
                    "feed.hookURL": "http://127.0.0.1:\(port)/changes",
                ])
            try await eventually("riffle has subscribed") {
                try await origin.probe.send("GET", "/v1.0/subscriptions").text.contains("/changes")
            }
            _ = try await riffle.probe.send("GET", Self.folder)
            try await GraphDrive.write(origin, "told.txt")
            try await eventually("told.txt is seen") {
                try await riffle.probe.send("GET", Self.folder).text.contains("told.txt")
            }
            let hook = Probe(base: "http://127.0.0.1:\(port)")
            #expect(try await hook.send("GET", "/changes").status == 400)
            #expect(try await hook.send("POST", "/changes", body: "nonsense").status == 400)
            #expect(
                try await hook.send("POST", "/changes", body: #"{"value":[{"clientState":"guess"}]}"#).status == 202)
        }
    }

    @Test("lives fall back at once when the delta query fails")
    func fallBack() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await Self.covered(stage, origin, ["feed.deltaInterval": "300ms"])
            #expect(try await riffle.probe.send("GET", Self.folder).isHit)
            try await origin.setFaults("5xx=1,on=all")
            try await eventually("what is stored lives no longer than without a feed") {
                (try await riffle.probe.send("GET", Self.folder).cache?.ttl ?? 0) <= 60
            }
        }
    }

    @Test("are asked for through riffle: links of answers that are no listings lead through it")
    func links() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph")
            let answer = try await riffle.probe.send("GET", "/v1.0/me/drive/root/delta?token=latest")
            #expect(answer.text.contains(#""@odata.deltaLink":"\#(riffle.url)/v1.0/"#), "\(answer.text)")
        }
    }
}
