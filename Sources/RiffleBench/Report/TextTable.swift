/// A run as text: one line for each outcome and latency, numbers aligned.
package enum TextTable {
    package static func render(_ report: RunReport) -> String {
        var lines = [
            "\(report.target), \(report.model), \(fixed(report.seconds, 1)) s: \(report.requests) answers, "
                + "\(fixed(report.rate, 1))/s, \(report.errors) errors"
        ]
        let percentiles = RunReport.Percentiles.shown
        let head = ["outcome", "latency", "count"] + percentiles.map(RunReport.Percentiles.name) + ["max"]
        var cells = [head]
        for row in [report.all] + report.rows + [report.refused].compactMap(\.self) {
            for (name, figures) in [("planned", row.planned), ("raw", Optional(row.raw))] {
                guard let figures else { continue }
                cells.append(
                    [row.outcome, name, String(figures.count)]
                        + percentiles.map { latency(figures.values[RunReport.Percentiles.name($0)] ?? 0) }
                        + [latency(figures.max)])
            }
        }
        lines += aligned(cells, words: 2)
        if report.statuses.keys.contains(where: { !$0.hasPrefix("2") }) {
            lines.append("statuses: " + counts(report.statuses))
        }
        if !report.failures.isEmpty { lines.append("failures: " + counts(report.failures)) }
        if !report.reasons.isEmpty { lines.append("reasons: " + counts(report.reasons)) }
        lines.append(
            "generator: \(fixed(report.generatorMicroseconds, 2)) µs a request, "
                + "\(fixed(report.generatorBusiest * 100, 0)) % of a core"
                + (report.lateness.map { ", sends late by p99 \(latency($0.values["p99"] ?? 0))" } ?? ""))
        lines += report.invalid.map { "INVALID: " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Columns of equal width: the first `words` to the left, numbers to the right.
    static func aligned(_ cells: [[String]], words: Int) -> [String] {
        let columns = cells.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            cells.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return cells.map { line in
            line.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column < words ? text + space : space + text
            }.joined(separator: "  ")
        }
    }

    private static func counts(_ counts: [String: UInt64]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    /// Microseconds as a reader likes them.
    package static func latency(_ microseconds: Double) -> String {
        switch microseconds {
        case ..<1000: fixed(microseconds, 0) + "µs"
        case ..<1_000_000: fixed(microseconds / 1000, 2) + "ms"
        default: fixed(microseconds / 1_000_000, 2) + "s"
        }
    }

    package static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        let scale = (0..<digits).reduce(1.0) { power, _ in power * 10 }
        let whole = Int64((abs(value) * scale).rounded())
        let text = String(whole)
        let sign = value < 0 && whole != 0 ? "-" : ""
        guard digits > 0 else { return sign + text }
        let padded = String(repeating: "0", count: max(digits + 1 - text.count, 0)) + text
        return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
    }
}
