import Glibc
internal import Histogram
internal import RiffleTelemetry

/// The result of one run as it is written to JSON and read back. Latencies in microseconds.
package struct RunReport: Codable, Sendable {
    package struct Percentiles: Codable, Sendable {
        package static let shown: [Double] = [50, 75, 90, 99, 99.9, 99.99]
        static let kept: [Double] = [50, 75, 90, 95, 99, 99.9, 99.99]

        package var count: UInt64
        package var mean: Double
        package var max: Double
        package var values: [String: Double]
        /// The latency at each of `curvePoints`.
        package var curve: [Double]

        /// Eight points a nine, from 0 % to 99.999 %.
        static let curvePoints: [Double] = (0...40).map { 100 * (1 - pow(10, -Double($0) / 8)) }

        init(_ histogram: Latencies) {
            let count = histogram.totalCount
            self.count = count
            mean = count == 0 ? 0 : histogram.mean / 1000
            max = count == 0 ? 0 : Double(histogram.max) / 1000
            values = Dictionary(
                uniqueKeysWithValues: Self.kept.map {
                    (Self.name($0), count == 0 ? 0 : Double(histogram.valueAtPercentile($0)) / 1000)
                })
            curve = count == 0 ? [] : Self.curvePoints.map { Double(histogram.valueAtPercentile($0)) / 1000 }
        }

        package static func name(_ percentile: Double) -> String {
            percentile == percentile.rounded() ? "p\(Int(percentile))" : "p\(percentile)"
        }
    }

    package struct Row: Codable, Sendable {
        package var outcome: String
        /// From the planned send time; nil in a closed model, which plans none.
        package var planned: Percentiles?
        package var raw: Percentiles
    }

    package var target: String
    package var model: String
    package var seconds: Double
    package var requests: UInt64
    package var rate: Double
    package var errors: UInt64
    package var failures: [String: UInt64]
    package var statuses: [String: UInt64]
    package var reasons: [String: UInt64]
    package var bytesRead: UInt64
    /// Microseconds of the generator's processor time for each request, and the busiest loop's share of a core.
    package var generatorMicroseconds: Double
    package var generatorBusiest: Double
    /// How long after their time requests went out though a connection was free; nil in a closed model.
    package var lateness: Percentiles?
    package var invalid: [String]
    package var all: Row
    package var rows: [Row]
    package var refused: Row?
    package var timeline: Timeline

    package init(_ result: LoadRun.Result, target: String, model: String, open: Bool) {
        let recorder = result.recorder
        self.target = target
        self.model = model
        seconds = result.seconds
        requests = recorder.answered
        rate = seconds > 0 ? Double(requests) / seconds : 0
        errors = recorder.errors
        failures = Dictionary(
            uniqueKeysWithValues: Recorder.Failure.allCases.map { ($0.word, recorder.failures[$0.rawValue]) }
        ).filter { $0.value > 0 }
        statuses = Dictionary(
            uniqueKeysWithValues: recorder.statuses.enumerated().filter { $0.1 > 0 }.map { (String($0.0), $0.1) })
        reasons = Dictionary(uniqueKeysWithValues: recorder.reasons.map { ($0.key.rawValue, $0.value) })
        bytesRead = recorder.bytesRead
        generatorMicroseconds = requests == 0 ? 0 : Double(result.cpu) / 1000 / Double(requests)
        generatorBusiest = result.busiest
        lateness = open ? Percentiles(recorder.lateness) : nil
        invalid = Validity.complaints(result)
        func row(_ name: String, _ row: Recorder.Row) -> Row {
            Row(outcome: name, planned: open ? Percentiles(row.planned) : nil, raw: Percentiles(row.raw))
        }
        all = row("all", recorder.all)
        rows = recorder.rows.map { row($0.label.row, $0) }.sorted { $0.outcome < $1.outcome }
        refused = recorder.refused.raw.totalCount == 0 ? nil : row("non-2xx", recorder.refused)
        timeline = result.timeline
    }
}
