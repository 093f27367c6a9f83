import Testing

@testable import RifflePrefetch

@Suite struct RefreshAheadTests {
    private func decide(uses: Int, at time: Int64, life: Int64 = 100_000) -> RefreshAhead.Decision {
        RefreshAhead.decide(.init(receivedAt: 0, freshUntil: life, uses: uses), at: time)
    }

    @Test("a listing nobody opened in its life expires")
    func unused() {
        #expect(decide(uses: 0, at: 95_000) == .never)
    }

    @Test("before the last tenth of its life it is only looked at again")
    func early() {
        #expect(decide(uses: 9, at: 50_000) == .lookAgain(at: 90_000))
        #expect(decide(uses: 9, at: 50_000, life: 3_600_000) == .lookAgain(at: 3_570_000))
    }

    @Test("the more it was opened, the likelier its refresh is of use")
    func used() {
        let chances = [1, 2, 10, 1_000].map { uses -> Double in
            guard case .refresh(let probability) = decide(uses: uses, at: 95_000) else { return -1 }
            return probability
        }
        #expect(chances == chances.sorted())
        #expect((chances.first ?? -1) > 0)
        #expect((chances.last ?? 2) < 1)
    }

    @Test("what has expired or lives too short is left alone")
    func tooLate() {
        #expect(decide(uses: 9, at: 100_000) == .never)
        #expect(decide(uses: 9, at: 950, life: 1_000) == .never)
    }
}
