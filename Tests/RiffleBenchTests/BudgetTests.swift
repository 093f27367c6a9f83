import RiffleTelemetry
import Testing

@testable import RiffleBench

@Suite struct BudgetTests {
    private func report() -> RunReport {
        var result = LoadRun.Result()
        result.seconds = 2
        for number in 1...1000 {
            let label = OutcomeLabel(number <= 900 ? .hit : .miss, tier: number <= 900 ? .memory : nil)
            result.recorder.answer(label, status: 200, planned: UInt64(number) * 10_000, raw: UInt64(number) * 1000)
        }
        return RunReport(result, target: "t", model: "m", open: true)
    }

    @Test(
        "a budget holds or is broken",
        arguments: [
            ("p99<20ms", true), ("p99<5ms", false), ("raw.p99<1ms", true), ("hit.p50 < 5ms", true),
            ("hit-memory.raw.p99.9<=901us", true), ("miss.p50<1ms", false), ("errors<1", true), ("rate>=500", true),
            ("rate>501", false), ("hit.share>=90%", true), ("stale.p50<1s", false), ("stale.count<1", true),
        ])
    func judged(_ text: String, _ holds: Bool) throws {
        #expect((try Budget(text).broken(by: report()) == nil) == holds)
    }

    @Test(
        "what is no budget is refused", arguments: ["", "p99", "p99=5ms", "p99<5", "p98<5ms", "errors<x", "rate>1ms"])
    func refused(_ text: String) {
        #expect(throws: Budget.Failure.self) { try Budget(text) }
    }

    @Test("the table shows both latencies of every outcome, aligned")
    func table() {
        let lines = TextTable.render(report()).split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("hit memory  planned") })
        #expect(lines.contains { $0.hasPrefix("miss        raw") })
        #expect(Set(lines[1...7].map(\.count)).count == 1)
    }

    @Test(
        "a run is invalid when its generator was the bottleneck: busy, or late by a part of p99 that matters",
        arguments: [
            (0.5, 0, 1, 0), (0.99, 0, 1, 1), (0.5, 900, 1000, 0), (0.5, 5000, 200_000, 0), (0.5, 5000, 6000, 1),
            (0.96, 5000, 6000, 2),
        ] as [(Double, UInt64, UInt64, Int)])
    func validity(_ busiest: Double, _ late: UInt64, _ measured: UInt64, _ count: Int) {
        #expect(Validity.complaints(busiest: busiest, late: late * 1000, measured: measured * 1000).count == count)
    }
}
