/// A comparison as text for a terminal and as Markdown for a document.
package enum CompareTable {
    package static func text(_ report: CompareReport) -> String {
        var cells = [
            [
                "target", "requests", "rate", "p50 raw", "p99 raw", "CPU µs/request", "RSS MiB", "errors", "CPU ratio",
                "rate ratio",
            ]
        ]
        for contender in report.contenders {
            cells.append([
                contender.name, String(contender.requests), TextTable.fixed(contender.rate, 0) + "/s",
                TextTable.latency(contender.p50), TextTable.latency(contender.p99),
                contender.cpu.map { TextTable.fixed($0, 2) } ?? "-", mebibytes(contender.rss),
                String(contender.errors), interval(contender.ratios["cpu"]), interval(contender.ratios["rate"]),
            ])
        }
        var lines = [
            "\(report.rounds) rounds of \(TextTable.fixed(report.secondsEach, 1)) s each, \(report.connections) connections; "
                + "ratios against \(report.baseline), 95 % interval"
        ]
        lines += TextTable.aligned(cells, words: 1)
        lines += report.notes.map { "note: " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Several comparisons of the same targets side by side: processor time a request and the ratio to the baseline.
    package static func markdown(_ reports: [(title: String, report: CompareReport)]) -> String {
        guard let first = reports.first?.report else { return "" }
        var lines = [
            "| CPU µs per request (× \(first.baseline)) | " + reports.map { cell($0.title) }.joined(separator: " | ")
                + " |",
            "|---|" + String(repeating: "---:|", count: reports.count),
        ]
        for name in first.contenders.map(\.name) {
            let figures = reports.map { entry -> String in
                guard let contender = entry.report.contender(name), let cpu = contender.cpu else { return "-" }
                guard let ratio = contender.ratios["cpu"] else { return TextTable.fixed(cpu, 2) }
                return
                    "\(TextTable.fixed(cpu, 2)) (\(TextTable.fixed(ratio.ratio, 2))× ± \(TextTable.fixed((ratio.high - ratio.low) / 2, 2)))"
            }
            lines.append("| \(cell(name)) | " + figures.joined(separator: " | ") + " |")
        }
        lines.append("")
        lines += [
            "| p99 raw, requests/s, RSS | " + reports.map { cell($0.title) }.joined(separator: " | ") + " |",
            "|---|" + String(repeating: "---:|", count: reports.count),
        ]
        for name in first.contenders.map(\.name) {
            let figures = reports.map { entry -> String in
                guard let contender = entry.report.contender(name) else { return "-" }
                return "\(TextTable.latency(contender.p99)), \(TextTable.fixed(contender.rate, 0)), "
                    + "\(mebibytes(contender.rss)) MiB"
            }
            lines.append("| \(cell(name)) | " + figures.joined(separator: " | ") + " |")
        }
        let notes = reports.flatMap { entry in entry.report.notes.map { "- \(cell(entry.title)): \(cell($0))" } }
        return (lines + (notes.isEmpty ? [] : [""]) + notes).joined(separator: "\n") + "\n"
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static func mebibytes(_ bytes: UInt64?) -> String {
        bytes.map { TextTable.fixed(Double($0) / 1_048_576, 1) } ?? "-"
    }

    private static func interval(_ ratio: PairedRatio?) -> String {
        guard let ratio else { return "-" }
        return "\(TextTable.fixed(ratio.ratio, 2)) (\(TextTable.fixed(ratio.low, 2))–\(TextTable.fixed(ratio.high, 2)))"
    }
}
