import RiffleTelemetry
import Testing

@Suite("Histogram")
struct HistogramTests {
    /// Values over the whole range, denser below, from a fixed seed.
    private static func values(_ count: Int, seed: UInt64) -> [UInt64] {
        var state = seed
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return min((state >> 22) >> (state % 32), Histogram.highest)
        }
    }

    @Test("every percentile is within 1/64 of the exact one", arguments: [1, 2, 100, 10_000])
    func percentiles(count: Int) throws {
        let values = Self.values(count, seed: 0x9E37_79B9_7F4A_7C15)
        var histogram = Histogram()
        for value in values { histogram.record(value) }
        let sorted = values.sorted()
        for fraction in [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let rank = max(1, Int((fraction * Double(count)).rounded(.up)))
            let exact = Double(sorted[rank - 1])
            let told = Double(try #require(histogram.percentile(fraction)))
            #expect(abs(told - exact) <= exact / 64 + 1, "p\(fraction): \(told), exactly \(exact)")
        }
        #expect(histogram.count == UInt64(count))
        #expect(histogram.sum == values.reduce(0, +))
        #expect(histogram.max == sorted.last)
    }

    @Test("merging gives what recording everything into one would have given")
    func merging() {
        var both = Histogram()
        var left = Histogram()
        var right = Histogram()
        for value in Self.values(500, seed: 7) { left.record(value); both.record(value) }
        for value in Self.values(700, seed: 9) { right.record(value); both.record(value) }
        left.merge(right)
        #expect(left == both)
    }

    @Test("what lies beyond an hour counts as an hour", arguments: [Histogram.highest + 1, .max])
    func beyond(value: UInt64) {
        var histogram = Histogram()
        histogram.record(value)
        #expect(histogram.max == Histogram.highest)
        #expect(histogram.percentile(0.5).map { $0 <= Histogram.highest } == true)
    }

    @Test("an empty histogram has no percentile")
    func empty() {
        #expect(Histogram().percentile(0.5) == nil)
        #expect(Histogram().mean == nil)
    }

    @Test("a histogram survives the journey as sparse buckets")
    func sparse() {
        var histogram = Histogram()
        for value in Self.values(1000, seed: 3) { histogram.record(value) }
        #expect(Histogram(buckets: histogram.buckets, sum: histogram.sum, max: histogram.max) == histogram)
    }

    @Test("foreign buckets cannot overflow a counter")
    func foreign() {
        let bucket = Histogram.Bucket(lowerBound: .max, count: .max)
        #expect(Histogram(buckets: [bucket, bucket], sum: .max, max: .max).count == .max)
    }
}
