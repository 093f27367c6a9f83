internal import Histogram

/// A comparison as it is written to JSON and read back. Latencies raw, in microseconds; one value for each round where a list.
package struct CompareReport: Codable, Sendable {
    /// What can be compared and promised.
    package enum Metric: String, Codable, Sendable, CaseIterable {
        case cpu, rate, p50, p99, rss
    }

    package struct Contender: Codable, Sendable {
        package var name: String
        package var url: String
        package var requests: UInt64
        package var errors: UInt64
        /// Over all rounds together.
        package var rate: Double
        package var p50: Double
        package var p99: Double
        /// Processor microseconds a request; nil without a process to look at.
        package var cpu: Double?
        package var rss: UInt64?
        package var generatorBusiest: Double
        package var rounds: [String: [Double]]
        /// By metric, against the baseline.
        package var ratios: [String: PairedRatio]
        package var outcomes: [String: UInt64]
    }

    package var baseline: String
    package var rounds: Int
    package var secondsEach: Double
    package var connections: Int
    package var contenders: [Contender]

    init(_ contenders: [Comparison.Contender], turns: [[Comparison.Turn]], baseline: Int) {
        self.baseline = contenders[baseline].name
        rounds = turns[baseline].count
        secondsEach = turns[baseline].first?.result.seconds ?? 0
        connections = contenders[baseline].plan.connections
        let figures = turns.map(Self.figures)
        self.contenders = contenders.indices.map { index in
            let whole = turns[index].reduce(into: LoadRun.Result()) { sum, turn in
                sum.recorder.merge(turn.result.recorder)
                sum.busiest = max(sum.busiest, turn.result.busiest)
                sum.seconds += turn.result.seconds
            }
            let raw = RunReport.Percentiles(whole.recorder.all.raw)
            let costs = turns[index].compactMap(\.cpu)
            let answered = whole.recorder.answered
            var ratios: [String: PairedRatio] = [:]
            for (metric, values) in figures[index] {
                ratios[metric] = figures[baseline][metric].flatMap { PairedRatio(values, over: $0) }
            }
            return Contender(
                name: contenders[index].name, url: contenders[index].url, requests: answered,
                errors: whole.recorder.errors, rate: whole.seconds > 0 ? Double(answered) / whole.seconds : 0,
                p50: raw.values["p50"] ?? 0, p99: raw.values["p99"] ?? 0,
                cpu: costs.isEmpty ? nil : costs.reduce(0, +) / Double(max(answered, 1)),
                rss: turns[index].compactMap(\.resident).max(), generatorBusiest: whole.busiest,
                rounds: figures[index], ratios: ratios,
                outcomes: Dictionary(
                    uniqueKeysWithValues: whole.recorder.rows.map { ($0.label.row, $0.raw.totalCount) }))
        }
    }

    private static func figures(_ turns: [Comparison.Turn]) -> [String: [Double]] {
        var figures: [String: [Double]] = [:]
        for turn in turns {
            let answered = Double(turn.result.recorder.answered)
            let raw = RunReport.Percentiles(turn.result.recorder.all.raw)
            func add(_ metric: Metric, _ value: Double?) {
                if let value { figures[metric.rawValue, default: []].append(value) }
            }
            add(.cpu, turn.cpu.map { answered > 0 ? $0 / answered : 0 })
            add(.rate, answered / max(turn.result.seconds, 1e-9))
            add(.p50, raw.values["p50"])
            add(.p99, raw.values["p99"])
            add(.rss, turn.resident.map(Double.init))
        }
        return figures
    }

    package func contender(_ name: String) -> Contender? { contenders.first { $0.name == name } }

    /// What a reader must know before believing the figures.
    package var notes: [String] {
        contenders.flatMap { contender -> [String] in
            var notes: [String] = []
            if contender.generatorBusiest > Validity.busiest {
                notes.append(
                    "\(contender.name): the generator was the bottleneck, so its rate and latency are no measure of it")
            }
            if contender.errors > 0 { notes.append("\(contender.name): \(contender.errors) errors") }
            return notes
        }
    }
}
