/// Writes metric families in OpenMetrics 1.0 text or in the older Prometheus text format 0.0.4.
///
/// The two differ in little: the older one names a counter's family with its `_total`, and takes `# UNIT` and
/// `# EOF` for comments.
package struct ExpositionWriter {
    package enum Format: Sendable, CaseIterable {
        case openMetrics
        case prometheusText

        package var contentType: String {
            switch self {
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            case .prometheusText: "text/plain; version=0.0.4; charset=utf-8"
            }
        }
    }

    package typealias Labels = KeyValuePairs<String, String>

    /// Upper bounds of the latency buckets in nanoseconds: 50 µs to 60 s.
    package static let latencyBounds: [UInt64] = [
        50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
        5_000_000, 10_000_000, 30_000_000, 60_000_000,
    ].map { $0 * 1000 }

    private let format: Format
    private var text = ""

    package init(_ format: Format) {
        self.format = format
    }

    /// Begins a family; its samples must follow before the next one begins.
    package mutating func family(_ metric: MetricDefinition) {
        let name = familyName(metric)
        text += "# TYPE \(name) \(metric.kind.rawValue)\n"
        if let unit = metric.unit, format == .openMetrics { text += "# UNIT \(name) \(unit.rawValue)\n" }
        text += "# HELP \(name) \(Self.escaped(metric.help))\n"
    }

    package mutating func sample(_ metric: MetricDefinition, labels: Labels = [:], _ value: UInt64) {
        line(sampleName(metric), labels, String(value))
    }

    package mutating func sample(_ metric: MetricDefinition, labels: Labels = [:], _ value: Int) {
        line(sampleName(metric), labels, String(value))
    }

    package mutating func sample(_ metric: MetricDefinition, labels: Labels = [:], _ value: Double) {
        line(sampleName(metric), labels, Self.number(value))
    }

    /// A whole histogram with cumulative buckets in seconds.
    package mutating func histogram(
        _ metric: MetricDefinition, outcome: Outcome, tier: Tier, _ values: borrowing Histogram
    ) {
        let pair = "outcome=\"\(outcome.rawValue)\",tier=\"\(tier.rawValue)\""
        for bound in Self.latencyBounds {
            let seconds = Self.number(Double(bound) / 1e9)
            text += "\(metric.name)_bucket{\(pair),le=\"\(seconds)\"} \(values.count(upTo: bound))\n"
        }
        text += "\(metric.name)_bucket{\(pair),le=\"+Inf\"} \(values.count)\n"
        text += "\(metric.name)_count{\(pair)} \(values.count)\n"
        text += "\(metric.name)_sum{\(pair)} \(Self.number(Double(values.sum) / 1e9))\n"
    }

    package consuming func finish() -> String {
        text += "# EOF\n"
        return text
    }

    private mutating func line(_ name: String, _ labels: Labels, _ value: String) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    private func familyName(_ metric: MetricDefinition) -> String {
        format == .openMetrics ? metric.name : sampleName(metric)
    }

    private func sampleName(_ metric: MetricDefinition) -> String {
        switch metric.kind {
        case .counter: metric.name + "_total"
        case .gauge, .histogram: metric.name
        }
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The canonical form of a float: `5e-05`, `0.25`, `10.0`.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value.description
    }
}
