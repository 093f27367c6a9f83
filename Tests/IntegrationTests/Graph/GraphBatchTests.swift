import Foundation
import Testing

@Suite("A batch of reads to Graph through riffle", .showingServers, .timeLimit(.minutes(2)))
struct GraphBatchTests {
    @Test("has, answer by answer, the bytes that the origin's own has, and sees every write")
    func bytes() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: GraphDrive.longLives)
            let drive = try await GraphDrive.read(origin.probe)
            let targets = drive.listings.filter { $0.hasPrefix("/v1.0/") }.prefix(20)
            #expect(targets.count > 5)
            let parts = targets.enumerated().map { index, target in
                #"{"id":"\#(index)","method":"GET","url":"\#(target.dropFirst("/v1.0".count))"}"#
            }
            let batch = #"{"requests":["# + parts.joined(separator: ",") + "]}"
            func send(_ probe: Probe) async throws -> Answer {
                try await probe.send("POST", "/v1.0/$batch", ["Content-Type": "application/json"], body: batch)
            }
            func expectSame(_ answer: Answer) async throws {
                let real = try await send(origin.probe)
                for (index, target) in targets.enumerated() {
                    let single = try await origin.probe.send("GET", target)
                    for text in [answer.text, real.text] {
                        let parts = text.components(separatedBy: "{\"id\":\"\(index)\",\"status\":200,\"headers\":{")
                        #expect(parts.count == 2, "\(target) \(text)")
                        let part = parts.last?.components(separatedBy: "},\"body\":").dropFirst().first
                        #expect(part?.hasPrefix(single.text + "}") == true, "\(target) \(part ?? "")")
                    }
                }
            }

            #expect(try await !send(riffle.probe).isHit)
            for target in targets { _ = try await riffle.probe.send("GET", target) }
            let hit = try await send(riffle.probe)
            #expect(hit.isHit, "\(hit["cache-status"] ?? "")")
            try await expectSame(hit)

            let change = try #require(GraphChange.all.first)
            #expect(try await change.send(riffle.probe, drive).status == change.status)
            let after = try await send(riffle.probe)
            #expect(!after.isHit)
            try await expectSame(after)
        }
    }
}
