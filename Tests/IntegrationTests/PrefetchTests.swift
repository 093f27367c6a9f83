import Foundation
import Testing

@Suite("Prefetch", .showingServers, .timeLimit(.minutes(3)))
struct PrefetchTests {
    /// Long enough to open the next folder, short enough to wait for its end.
    private static let life = ["cache.defaultTTL": "1500ms"]

    /// Waits until memory would not answer for the folder; asking is no visit.
    private func forgotten(_ folder: String, by riffle: Riffle, _ stage: Stage) async throws {
        let body = try stage.folder.write(Probe.properties, to: "propfind.xml")
        try await eventually("\(folder) is out of date") {
            try await riffle.inspect(
                "explain", folder, "--method", "PROPFIND", "--depth", "1", "--body", body, "--exit-code", "--header",
                "Content-Type: application/xml"
            ).status == 3
        }
    }

    /// Visits that teach a→b, each when the last one's listings are out of date: what is in memory needs no prefetch.
    private func teach(_ riffle: Riffle, _ visits: Int, _ stage: Stage) async throws {
        for _ in 0..<visits {
            _ = try await riffle.probe.open("/a/")
            _ = try await riffle.probe.open("/b/")
            try await forgotten("/a/", by: riffle, stage)
            try await forgotten("/b/", by: riffle, stage)
        }
    }

    @Test("has the next folder there before it is opened, and says so")
    func nextFolderIsThere() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav", prefetch: true, set: Self.life)
            try await eventually("opening /a/ brings /b/", within: .seconds(90)) {
                try await teach(riffle, 1, stage)
                try await origin.resetCounters()
                _ = try await riffle.probe.open("/a/")
                try await eventually("the origin is asked for /b/", within: .seconds(1)) {
                    try await origin.counters().byPath["/b/"]?["PROPFIND 1"] == 1
                }
                let answer = try await riffle.probe.open("/b/")
                return answer.isHit && answer.cache?.isPrefetched == true
            }
        }
    }

    @Test("costs the origin at most its share beyond what people would have asked without it")
    func budget() async throws {
        try await onStage { stage in
            let folders = 30
            let origin = try await stage.slowOrigin(.row(folders))
            let riffle = try await stage.riffle(
                before: origin.url, dialect: "webdav", prefetch: true, set: ["cache.defaultTTL": "50ms"])
            // What a riffle without prefetch would have asked: the misses, and what only a prefetch made a hit.
            var asked = 0
            for _ in 0..<8 {
                for folder in 0..<folders {
                    let answer = try await riffle.probe.open("/\(folder)/")
                    if !answer.isHit || answer.cache?.isPrefetched == true { asked += 1 }
                }
            }
            let listings = try await origin.counters().listings
            // What the budget may have saved up before the first demand call.
            let burst = 20
            #expect(Double(listings) <= 1.2 * Double(asked) + Double(burst))
        }
    }

    @Test("is silent after a 429 until its Retry-After")
    func silentWhenThrottled() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav", prefetch: true, set: Self.life)
            try await teach(riffle, 6, stage)
            try await origin.setFaults("429=1:retry-after=600")
            #expect(try await riffle.probe.open("/c/").status == 429)
            try await origin.setFaults("none")
            try await origin.resetCounters()
            for _ in 0..<3 {
                _ = try await riffle.probe.open("/a/")
                try await forgotten("/a/", by: riffle, stage)
            }
            // Only what was opened was asked for, once each time.
            #expect(try await origin.counters().byPath["/b/"] == nil)
            #expect(try await origin.counters().listings == 3)
        }
    }

    @Test("switched off asks the origin nothing of its own")
    func switchedOff() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav", prefetch: false, set: Self.life)
            try await teach(riffle, 3, stage)
            _ = try await riffle.probe.open("/a/")
            #expect(try await origin.counters().listings == 7)
        }
    }
}
