/// What one event loop has answered: counts by outcome, tier, reason and prefetch, bytes, status classes, latencies.
///
/// Confined to its loop; no lock. ``record(_:nanoseconds:bytesOut:status:)`` allocates only when an (outcome, tier) pair
/// is seen for the first time. Figures leave the loop by ``merge(_:)`` into a fresh value made on the loop: keeping a
/// plain copy elsewhere would make the next record copy the arrays.
package struct RequestStats: Sendable {
    /// One counter per outcome × tier × prefetched × (no reason or one of the reasons).
    private var requests: [UInt64]
    /// Per outcome × tier.
    private var bytes: [UInt64]
    private var latencies: [Histogram?]
    /// 1xx to 5xx, then everything else.
    private var statuses: [UInt64]

    private static let tiers = Tier.allCases.count
    private static let reasonSlots = Reason.allCases.count + 1
    private static let pairs = Outcome.allCases.count * tiers
    package static let statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"]

    package init() {
        requests = Array(repeating: 0, count: Self.pairs * 2 * Self.reasonSlots)
        bytes = Array(repeating: 0, count: Self.pairs)
        latencies = Array(repeating: nil, count: Self.pairs)
        statuses = Array(repeating: 0, count: Self.statusClasses.count)
    }

    /// Counts one answered request.
    /// - Parameters:
    ///   - nanoseconds: from the first byte of the request to the last byte handed to the socket.
    ///   - bytesOut: head and body as written to the client.
    ///   - status: as answered; 0 when the client left before there was one.
    package mutating func record(_ verdict: Verdict, nanoseconds: UInt64, bytesOut: Int, status: Int) {
        let pair = verdict.outcome.index &* Self.tiers &+ verdict.tier.index
        let reason = verdict.reason.map { $0.index &+ 1 } ?? 0
        requests[((pair &<< 1) &+ (verdict.prefetched ? 1 : 0)) &* Self.reasonSlots &+ reason] &+= 1
        bytes[pair] &+= UInt64(truncatingIfNeeded: Swift.max(0, bytesOut))
        let statusClass = status / 100
        statuses[statusClass >= 1 && statusClass <= 5 ? statusClass &- 1 : 5] &+= 1
        if latencies[pair] == nil { latencies[pair] = Histogram() }
        latencies[pair]?.record(nanoseconds)
    }

    /// Adds all that the other has counted.
    package mutating func merge(_ other: borrowing RequestStats) {
        for index in requests.indices { requests[index] &+= other.requests[index] }
        for index in bytes.indices { bytes[index] &+= other.bytes[index] }
        for index in statuses.indices { statuses[index] &+= other.statuses[index] }
        for index in latencies.indices {
            guard let latency = other.latencies[index] else { continue }
            // Never adopt the other's storage: its owner goes on recording.
            if latencies[index] == nil { latencies[index] = Histogram() }
            latencies[index]?.merge(latency)
        }
    }

    package consuming func merging(_ other: borrowing RequestStats) -> RequestStats {
        merge(other)
        return self
    }
}

/// Reading what was counted; for snapshots, not for the way of a request.
extension RequestStats {
    package struct Row: Sendable, Equatable {
        package var verdict: Verdict
        package var count: UInt64
    }

    package struct Latency: Sendable {
        package var outcome: Outcome
        package var tier: Tier
        package var bytesOut: UInt64
        package var histogram: Histogram
    }

    /// Every combination that occurred, in the order of the closed sets.
    package var rows: [Row] {
        var rows: [Row] = []
        for outcome in Outcome.allCases {
            for tier in Tier.allCases {
                let pair = outcome.index * Self.tiers + tier.index
                for prefetched in [false, true] {
                    let base = (pair * 2 + (prefetched ? 1 : 0)) * Self.reasonSlots
                    for slot in 0..<Self.reasonSlots where requests[base + slot] > 0 {
                        let reason = slot == 0 ? nil : Reason.allCases[slot - 1]
                        let verdict = Verdict(outcome, tier: tier, reason: reason, prefetched: prefetched)
                        rows.append(Row(verdict: verdict, count: requests[base + slot]))
                    }
                }
            }
        }
        return rows
    }

    /// Per outcome and tier that occurred.
    package var latencyRows: [Latency] {
        Outcome.allCases.flatMap { outcome in
            Tier.allCases.compactMap { tier in
                let pair = outcome.index * Self.tiers + tier.index
                return latencies[pair].map {
                    Latency(outcome: outcome, tier: tier, bytesOut: bytes[pair], histogram: $0)
                }
            }
        }
    }

    /// Answers by status class, in the order of ``statusClasses``.
    package var statusCounts: [UInt64] { statuses }

    package var total: UInt64 { requests.reduce(0, &+) }
}
