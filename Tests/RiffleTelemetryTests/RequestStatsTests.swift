import Testing

@testable import RiffleTelemetry

@Suite("RequestStats")
struct RequestStatsTests {
    @Test("indices follow the order of the closed sets")
    func indices() {
        #expect(Outcome.allCases.map(\.index) == Array(0..<Outcome.allCases.count))
        #expect(Tier.allCases.map(\.index) == Array(0..<Tier.allCases.count))
        #expect(Reason.allCases.map(\.index) == Array(0..<Reason.allCases.count))
    }

    @Test("every combination has a counter of its own")
    func combinations() {
        var stats = RequestStats()
        var expected: [RequestStats.Row] = []
        for outcome in Outcome.allCases {
            for tier in Tier.allCases {
                for prefetched in [false, true] {
                    for reason in [nil] + Reason.allCases.map(Optional.some) {
                        let verdict = Verdict(outcome, tier: tier, reason: reason, prefetched: prefetched)
                        stats.record(verdict, nanoseconds: 1, bytesOut: 1, status: 200)
                        expected.append(.init(verdict: verdict, count: 1))
                    }
                }
            }
        }
        #expect(stats.rows == expected)
    }

    @Test(
        "statuses fall into their class, odd ones into other",
        arguments: [
            (100, 0), (204, 1), (304, 2), (404, 3), (599, 4), (0, 5), (600, 5), (-200, 5), (Int.max, 5), (Int.min, 5),
        ])
    func statuses(status: Int, slot: Int) {
        var stats = RequestStats()
        stats.record(Verdict(.miss), nanoseconds: 1, bytesOut: -1, status: status)
        #expect(stats.statusCounts[slot] == 1)
        #expect(stats.statusCounts.reduce(0, +) == 1)
        #expect(stats.latencyRows.first?.bytesOut == 0)
    }

    @Test("merging adds, and leaves the merged one's later records to itself")
    func merging() {
        var loop = RequestStats()
        loop.record(Verdict(.hit, tier: .memory), nanoseconds: 1000, bytesOut: 10, status: 200)
        var sum = RequestStats()
        sum.merge(loop)
        sum.merge(loop)
        loop.record(Verdict(.hit, tier: .memory), nanoseconds: 1000, bytesOut: 10, status: 200)
        #expect(sum.total == 2)
        #expect(sum.latencyRows.first?.bytesOut == 20)
        #expect(sum.latencyRows.first?.histogram.count == 2)
        #expect(loop.total == 2)
    }
}
