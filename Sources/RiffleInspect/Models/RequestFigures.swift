import RiffleTelemetry

/// Requests as counted by the event loops together: rows and latencies, in a shape that travels as JSON.
package struct RequestFigures: Codable, Sendable, Equatable {
    package struct Row: Codable, Sendable, Equatable {
        package var outcome: Outcome
        package var tier: Tier
        package var reason: Reason?
        package var prefetched: Bool
        package var count: UInt64

        package init(outcome: Outcome, tier: Tier, reason: Reason? = nil, prefetched: Bool = false, count: UInt64) {
            self.outcome = outcome
            self.tier = tier
            self.reason = reason
            self.prefetched = prefetched
            self.count = count
        }
    }

    /// Only combinations that occurred.
    package var rows: [Row]
    package var latencies: [LatencyFigures]
    /// Answers by status class, `1xx` … `5xx` and `other`.
    package var statuses: [String: UInt64]

    package init(rows: [Row] = [], latencies: [LatencyFigures] = [], statuses: [String: UInt64] = [:]) {
        self.rows = rows
        self.latencies = latencies
        self.statuses = statuses
    }

    /// - Parameter stats: the loops' stats merged into one.
    package init(_ stats: borrowing RequestStats) {
        rows = stats.rows.map {
            Row(
                outcome: $0.verdict.outcome, tier: $0.verdict.tier, reason: $0.verdict.reason,
                prefetched: $0.verdict.prefetched, count: $0.count)
        }
        latencies = stats.latencyRows.map(LatencyFigures.init)
        statuses = Dictionary(uniqueKeysWithValues: zip(RequestStats.statusClasses, stats.statusCounts))
    }

    package var total: UInt64 { rows.reduce(0) { $0 &+ $1.count } }

    package func count(of outcome: Outcome) -> UInt64 {
        rows.reduce(0) { $1.outcome == outcome ? $0 &+ $1.count : $0 }
    }
}

/// How long requests of one outcome and tier took, as the buckets that hold something.
package struct LatencyFigures: Codable, Sendable, Equatable {
    package struct Bucket: Codable, Sendable, Equatable {
        /// Smallest duration that falls in here, in nanoseconds.
        package var from: UInt64
        package var count: UInt64

        package init(from: UInt64, count: UInt64) {
            self.from = from
            self.count = count
        }
    }

    package var outcome: Outcome
    package var tier: Tier
    package var bytesOut: UInt64
    package var sumNanoseconds: UInt64
    package var maxNanoseconds: UInt64
    package var buckets: [Bucket]

    package init(
        outcome: Outcome, tier: Tier, bytesOut: UInt64 = 0, sumNanoseconds: UInt64 = 0, maxNanoseconds: UInt64 = 0,
        buckets: [Bucket] = []
    ) {
        self.outcome = outcome
        self.tier = tier
        self.bytesOut = bytesOut
        self.sumNanoseconds = sumNanoseconds
        self.maxNanoseconds = maxNanoseconds
        self.buckets = buckets
    }

    package init(_ latency: RequestStats.Latency) {
        self.init(
            outcome: latency.outcome, tier: latency.tier, bytesOut: latency.bytesOut,
            sumNanoseconds: latency.histogram.sum, maxNanoseconds: latency.histogram.max,
            buckets: latency.histogram.buckets.map { Bucket(from: $0.lowerBound, count: $0.count) })
    }

    /// The histogram these buckets came from.
    package var histogram: Histogram {
        Histogram(
            buckets: buckets.lazy.map { Histogram.Bucket(lowerBound: $0.from, count: $0.count) },
            sum: sumNanoseconds, max: maxNanoseconds)
    }
}
