import Testing

@Suite("A faulty answer of the origin", .showingServers, .timeLimit(.minutes(2)))
struct OriginFaultTests {
    @Test(
        "is never stored; the next good one is",
        arguments: [
            "429=1:retry-after=1", "5xx=1", "truncate=1", "wrong-length=1", "stall=1:for=4s",
        ], ["webdav", "autoindex"])
    func neverStored(fault: String, dialect: String) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: dialect)
            let riffle = try await stage.riffle(
                before: origin.url, dialect: dialect, set: ["origin.readTimeout": "1s"])
            func open() async throws -> Answer {
                dialect == "webdav" ? try await riffle.probe.open("/a/") : try await riffle.probe.send("GET", "/a/")
            }
            let good = dialect == "webdav" ? 207 : 200

            try await origin.setFaults(fault)
            for _ in 0..<2 {
                // A cut answer may reach the client as an error status or as a broken connection.
                if let bad = try? await open() {
                    #expect(bad.status != good)
                    #expect(!bad.isHit)
                    if fault.hasPrefix("429") {
                        #expect(bad.status == 429)
                        #expect(bad["retry-after"] == "1")
                    }
                }
            }
            try await origin.setFaults("none")

            let direct =
                dialect == "webdav" ? try await origin.probe.open("/a/") : try await origin.probe.send("GET", "/a/")
            let next = try await open()
            #expect(next.status == good)
            #expect(!next.isHit)
            #expect(next.body == direct.body)
            let again = try await open()
            #expect(again.isHit)
            #expect(again.body == direct.body)
        }
    }

    @Test("that is gone is a 502 or 504 with the reason, and riffle serves what it has")
    func originGone() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            #expect(try await riffle.probe.open("/a/").status == 207)
            await origin.process.stop()
            #expect(try await riffle.probe.open("/a/").isHit)
            let answer = try await riffle.probe.open("/b/")
            #expect([502, 504].contains(answer.status))
            #expect(answer.cache?.detail == "origin-unreachable")
        }
    }

    @Test("beyond its life is served only within the configured stale ceiling")
    func staleIfError() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let lenient = try await stage.riffle(
                before: origin.url, dialect: "webdav", set: ["cache.defaultTTL": "100ms", "cache.staleIfError": "5m"])
            let strict = try await stage.riffle(
                before: origin.url, dialect: "webdav", set: ["cache.defaultTTL": "100ms"])
            for riffle in [lenient, strict] { #expect(try await riffle.probe.open("/a/").status == 207) }
            try await origin.setFaults("5xx=1")
            try await eventually("the strict one is out of date") { try await strict.probe.open("/a/").status >= 500 }
            let stale = try await lenient.probe.open("/a/")
            #expect(stale.status == 207)
            #expect(stale.text.contains("one.txt"))
        }
    }
}
