/// How long things took: a log-linear histogram of nanoseconds with fixed memory.
///
/// Every power of two is cut into ``subBuckets`` equal parts, so a recorded value is off by at most 1/64 of itself
/// wherever it lies. Values beyond one hour count as one hour. Recording is O(1), touches one counter, and never
/// allocates as long as this value's storage isn't shared with a copy; hand out figures with ``merge(_:)`` into a fresh
/// histogram, not by keeping copies.
package struct Histogram: Sendable, Equatable {
    static let subBucketBits = 6
    static let subBuckets = 1 << subBucketBits
    /// One hour; what took longer is counted here.
    package static let highest: UInt64 = 3_600_000_000_000
    /// 2,368 counters, 19 KB.
    static let bucketCount = index(of: highest) + 1

    private var counts: [UInt64]
    package private(set) var count: UInt64 = 0
    /// Sum of all values in nanoseconds; wraps after 584 years of waiting.
    package private(set) var sum: UInt64 = 0
    package private(set) var max: UInt64 = 0

    package init() {
        counts = Array(repeating: 0, count: Self.bucketCount)
    }

    package mutating func record(_ nanoseconds: UInt64) {
        let value = Swift.min(nanoseconds, Self.highest)
        counts[Self.index(of: value)] &+= 1
        count &+= 1
        sum &+= value
        if value > max { max = value }
    }

    /// Adds everything that the other has counted.
    package mutating func merge(_ other: borrowing Histogram) {
        guard other.count > 0 else { return }
        for index in counts.indices { counts[index] &+= other.counts[index] }
        count &+= other.count
        sum &+= other.sum
        max = Swift.max(max, other.max)
    }

    /// The smallest value that at least `fraction` of all values don't exceed, as the middle of its bucket; nil when
    /// nothing was recorded.
    package func percentile(_ fraction: Double) -> UInt64? {
        guard count > 0 else { return nil }
        if fraction >= 1 { return max }
        let rank = Swift.max(1, UInt64((Swift.max(0, fraction) * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, inBucket) in counts.enumerated() where inBucket > 0 {
            seen &+= inBucket
            if seen >= rank {
                let low = Self.lowerBound(of: index)
                return Swift.min(low + (Self.width(of: index) - 1) / 2, max)
            }
        }
        return max
    }

    package var mean: Double? {
        count > 0 ? Double(sum) / Double(count) : nil
    }

    /// The buckets that hold something, lowest first.
    package struct Bucket: Sendable, Equatable {
        /// Smallest value that falls in here, in nanoseconds.
        package var lowerBound: UInt64
        package var count: UInt64

        package init(lowerBound: UInt64, count: UInt64) {
            self.lowerBound = lowerBound
            self.count = count
        }
    }

    package var buckets: [Bucket] {
        counts.enumerated().compactMap { index, count in
            count > 0 ? Bucket(lowerBound: Self.lowerBound(of: index), count: count) : nil
        }
    }

    /// Rebuilds a histogram from what ``buckets`` of another gave, with its sum and maximum.
    ///
    /// Lower bounds are taken as values, so buckets that no histogram gave are merely rounded; counters saturate.
    package init(buckets: some Sequence<Bucket>, sum: UInt64, max: UInt64) {
        self.init()
        for bucket in buckets {
            let index = Self.index(of: Swift.min(bucket.lowerBound, Self.highest))
            counts[index] = counts[index].addingSaturating(bucket.count)
            count = count.addingSaturating(bucket.count)
        }
        self.sum = sum
        self.max = max
    }

    /// How many values lie at or below `limit`, exact to the bucket that `limit` falls in.
    package func count(upTo limit: UInt64) -> UInt64 {
        guard limit < Self.highest else { return count }
        return counts[...Self.index(of: limit)].reduce(0, &+)
    }

    static func index(of value: UInt64) -> Int {
        // Below one full octave of sub-buckets every value has its own counter.
        guard value >= UInt64(subBuckets) else { return Int(truncatingIfNeeded: value) }
        let shift = 63 &- value.leadingZeroBitCount &- subBucketBits
        return (shift &<< subBucketBits) &+ Int(truncatingIfNeeded: value &>> UInt64(truncatingIfNeeded: shift))
    }

    static func lowerBound(of index: Int) -> UInt64 {
        guard index >= subBuckets else { return UInt64(index) }
        let shift = (index >> subBucketBits) - 1
        return UInt64(index - (shift << subBucketBits)) << UInt64(shift)
    }

    static func width(of index: Int) -> UInt64 {
        index < subBuckets ? 1 : 1 << UInt64((index >> subBucketBits) - 1)
    }
}

extension UInt64 {
    func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
