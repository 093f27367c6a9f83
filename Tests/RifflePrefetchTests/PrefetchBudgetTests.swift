import Testing

@testable import RifflePrefetch

@Suite struct PrefetchBudgetTests {
    private func issueAll(_ budget: inout PrefetchBudget, at time: Int64 = 0) -> Int {
        var issued = 0
        while budget.mayStart(at: time, demandInFlight: 0) {
            budget.started()
            budget.finished(.stored, at: time)
            issued += 1
        }
        return issued
    }

    @Test("wasted prefetch never exceeds its share of demand and one burst", arguments: [0.05, 0.2, 1])
    func share(_ share: Double) {
        var limits = PrefetchBudget.Limits()
        limits.share = share
        var budget = PrefetchBudget(limits: limits)
        var issued = 0
        for time in 0..<1_000 as Range<Int64> {
            budget.demand(at: time)
            issued += issueAll(&budget, at: time)
        }
        #expect(Double(issued) <= 1_000 * share + limits.burst)
        #expect(Double(issued) >= 1_000 * share)
    }

    @Test("idle demand saves up no more than one burst")
    func burst() {
        var budget = PrefetchBudget()
        for time in 0..<100_000 as Range<Int64> { budget.demand(at: time) }
        #expect(issueAll(&budget) == Int(PrefetchBudget.Limits().burst))
    }

    @Test("a used prefetch pays for itself")
    func used() {
        var budget = PrefetchBudget()
        _ = issueAll(&budget)
        #expect(!budget.mayStart(at: 0, demandInFlight: 0))
        budget.used(at: 0)
        #expect(budget.mayStart(at: 0, demandInFlight: 0))
    }

    @Test("no more than so many at a time")
    func atOnce() {
        var budget = PrefetchBudget()
        var started = 0
        while budget.mayStart(at: 0, demandInFlight: 0) {
            budget.started()
            started += 1
        }
        #expect(started == PrefetchBudget.Limits().atOnce)
        budget.finished(.failed, at: 0)
        #expect(budget.mayStart(at: 0, demandInFlight: 0))
    }

    @Test("prefetch waits while people wait")
    func yields() {
        let budget = PrefetchBudget()
        let limit = PrefetchBudget.Limits().demandInFlight
        #expect(budget.mayStart(at: 0, demandInFlight: limit))
        #expect(!budget.mayStart(at: 0, demandInFlight: limit + 1))
    }

    @Test("a throttling origin gets silence: until it says, or the default, or the longest pause at most")
    func throttled() {
        let limits = PrefetchBudget.Limits()
        for (until, end) in [
            (Int64?.some(5_000), 5_000), (nil, 1_000 + limits.defaultPause), (.max, 1_000 + limits.longestPause),
        ] {
            var budget = PrefetchBudget()
            budget.started()
            budget.finished(.throttled(until: until), at: 1_000)
            #expect(!budget.mayStart(at: end - 1, demandInFlight: 0))
            #expect(budget.mayStart(at: end, demandInFlight: 0))
        }
    }

    @Test("a later throttling answer never shortens the pause")
    func pauseOnlyGrows() {
        var budget = PrefetchBudget()
        budget.throttled(until: 9_000, at: 0)
        budget.throttled(until: 2_000, at: 0)
        #expect(!budget.mayStart(at: 8_999, demandInFlight: 0))
    }

    @Test("the bar rises while the bucket is empty and falls while it is full")
    func bar() {
        var poor = PrefetchBudget()
        var rich = PrefetchBudget()
        for time in 0..<500 as Range<Int64> {
            poor.demand(at: time)
            _ = issueAll(&poor, at: time)
            rich.demand(at: time)
        }
        #expect(poor.leastProbability > rich.leastProbability)
        #expect(rich.leastProbability >= ProbabilityBar.lowest)
        #expect(poor.leastProbability <= ProbabilityBar.highest)
    }
}
