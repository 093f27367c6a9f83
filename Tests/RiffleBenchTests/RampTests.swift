import Testing

@testable import RiffleBench

@Suite struct RampTests {
    /// Runs a ramp against a server that keeps up with `capacity`.
    private func ramp(_ capacity: Double, too bad: Ramp.Verdict = .behind) -> (Ramp, [Double]) {
        var ramp = Ramp(from: 100, factor: 2)
        var rates: [Double] = []
        while let rate = ramp.rate {
            rates.append(rate)
            ramp.tried(rate <= capacity ? .kept : bad)
        }
        return (ramp, rates)
    }

    @Test("the knee is found within 5 %, from below", arguments: [150.0, 999, 1600, 40_000])
    func knee(_ capacity: Double) throws {
        let found = try #require(ramp(capacity).0.knee)
        #expect(found <= capacity && found > capacity * 0.95)
    }

    @Test("rates rise by the factor until one is too much")
    func rising() { #expect(ramp(350).1.prefix(3) == [100, 200, 400]) }

    @Test("a first step that is too much leaves no knee")
    func none() { #expect(ramp(50).0.knee == nil) }

    @Test("a generator that gives up first is said to have")
    func generator() {
        #expect(ramp(350, too: .generator).0.limitedByGenerator)
        #expect(!ramp(350).0.limitedByGenerator)
    }

    @Test("a server that takes everything ends the ramp too")
    func endless() throws {
        #expect(try #require(ramp(.infinity).1.last) > Ramp.maxRate / 2)
    }
}
