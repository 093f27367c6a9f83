internal import Histogram
package import RiffleTelemetry

/// What one loop saw: latencies by outcome, counts by status, reason and failure. One owner, merged at the end.
package struct Recorder: Sendable {
    /// One row of the table: latency from the planned send time and from the actual one.
    package struct Row: Sendable {
        package var label: OutcomeLabel
        package var planned: Latencies
        package var raw: Latencies
        package var count: UInt64 { raw.totalCount }

        init(_ label: OutcomeLabel) {
            self.label = label
            planned = Recorder.empty()
            raw = Recorder.empty()
        }
    }

    package enum Failure: Int, CaseIterable, Sendable {
        case connect, tls, timeout, reset, framing, unfinished, unsent

        package var word: String { "\(self)" }
    }

    package private(set) var rows: [Row] = []
    package private(set) var all = Row(.none)
    /// Answers outside 2xx and 304, kept out of the outcome rows: a fast 503 is not a fast hit.
    package private(set) var refused = Row(.none)
    package private(set) var statuses = [UInt64](repeating: 0, count: 1000)
    package private(set) var reasons: [Reason: UInt64] = [:]
    package private(set) var failures = [UInt64](repeating: 0, count: Failure.allCases.count)
    package private(set) var sent: UInt64 = 0
    /// How long after their time requests went out though a connection was free: the generator's own part of latency.
    package private(set) var lateness = Recorder.empty()
    package private(set) var bytesRead: UInt64 = 0
    private var slots = [Int](repeating: -1, count: 128)

    package init() {}

    static func empty() -> Latencies { Latencies(highestTrackableValue: 3_600_000_000_000) }

    package var errors: UInt64 { refused.raw.totalCount + failures.reduce(0, +) }
    package var answered: UInt64 { statuses.reduce(0, +) }

    @inline(__always)
    package mutating func answer(_ label: OutcomeLabel, status: Int, planned: UInt64, raw: UInt64) {
        statuses[min(max(status, 0), 999)] += 1
        all.planned.record(planned)
        all.raw.record(raw)
        guard status / 100 == 2 || status == 304 else {
            refused.planned.record(planned)
            refused.raw.record(raw)
            return
        }
        let slot = Self.slot(label)
        var index = slots[slot]
        if index < 0 {
            index = rows.count
            slots[slot] = index
            rows.append(Row(OutcomeLabel(label.outcome, tier: label.tier, prefetched: label.prefetched)))
        }
        rows[index].planned.record(planned)
        rows[index].raw.record(raw)
        if let reason = label.reason { reasons[reason, default: 0] += 1 }
    }

    /// A timeout is a latency too: leaving it out would flatter the tail.
    package mutating func fail(_ failure: Failure, planned: UInt64? = nil, raw: UInt64 = 0, count: UInt64 = 1) {
        failures[failure.rawValue] += count
        if let planned {
            all.planned.record(planned)
            all.raw.record(raw)
        }
    }

    @inline(__always)
    package mutating func didSend() { sent += 1 }

    @inline(__always)
    package mutating func didSend(late: UInt64) {
        sent += 1
        lateness.record(late)
    }

    @inline(__always)
    package mutating func didRead(_ count: Int) { bytesRead += UInt64(count) }

    package mutating func merge(_ other: Recorder) {
        for row in other.rows {
            let slot = Self.slot(row.label)
            if slots[slot] < 0 {
                slots[slot] = rows.count
                rows.append(row)
            } else {
                rows[slots[slot]].planned.add(row.planned)
                rows[slots[slot]].raw.add(row.raw)
            }
        }
        all.planned.add(other.all.planned)
        all.raw.add(other.all.raw)
        refused.planned.add(other.refused.planned)
        refused.raw.add(other.refused.raw)
        for index in statuses.indices { statuses[index] += other.statuses[index] }
        for index in failures.indices { failures[index] += other.failures[index] }
        reasons.merge(other.reasons, uniquingKeysWith: +)
        sent += other.sent
        lateness.add(other.lateness)
        bytesRead += other.bytesRead
    }

    /// Outcome (16) × tier (4) × prefetched (2).
    private static func slot(_ label: OutcomeLabel) -> Int {
        let outcome =
            switch label.outcome {
            case nil: 0
            case .hit: 1
            case .stale: 2
            case .revalidated: 3
            case .collapsed: 4
            case .derived: 5
            case .miss: 6
            case .bypass: 7
            case .write: 8
            case .error: 9
            }
        let tier =
            switch label.tier {
            case nil: 0
            case .memory: 1
            case .redis: 2
            case .origin: 3
            }
        return outcome << 3 | tier << 1 | (label.prefetched ? 1 : 0)
    }
}
