/// Runs and comparisons as one self-contained page: no script, no font, no picture from elsewhere.
package enum HTMLReport {
    package enum Section: Sendable {
        case run(title: String, RunReport)
        case comparison(title: String, CompareReport)
    }

    package static func render(_ sections: [Section]) -> String {
        let body = sections.map { section in
            switch section {
            case .run(let title, let report): run(title, report)
            case .comparison(let title, let report): comparison(title, report)
            }
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>riffle-perf report</title>
            <style>\(style)</style></head><body>
            <h1>riffle-perf report</h1>
            \(body.joined(separator: "\n"))
            </body></html>

            """
    }

    private static func run(_ title: String, _ report: RunReport) -> String {
        let percentiles = RunReport.Percentiles.shown.map(RunReport.Percentiles.name)
        var cells = [["outcome", "latency", "count"] + percentiles + ["mean", "max"]]
        for row in [report.all] + report.rows + [report.refused].compactMap(\.self) {
            for (name, figures) in [("planned", row.planned), ("raw", Optional(row.raw))] {
                guard let figures else { continue }
                cells.append(
                    [row.outcome, name, String(figures.count)]
                        + percentiles.map { TextTable.latency(figures.values[$0] ?? 0) }
                        + [TextTable.latency(figures.mean), TextTable.latency(figures.max)])
            }
        }
        let curves = ([report.all] + (report.rows.count > 1 ? report.rows : [])).flatMap { row in
            [row.planned.map { ("\(row.outcome), planned", $0.curve) }, ("\(row.outcome), raw", row.raw.curve)]
                .compactMap(\.self)
        }
        var facts = [
            ["", ""], ["answers", "\(report.requests) in \(TextTable.fixed(report.seconds, 1)) s"],
            ["rate", TextTable.fixed(report.rate, 1) + "/s"], ["errors", String(report.errors)],
            ["statuses", counts(report.statuses)],
            [
                "generator",
                "\(TextTable.fixed(report.generatorMicroseconds, 2)) µs a request, "
                    + "\(TextTable.fixed(report.generatorBusiest * 100, 0)) % of a core",
            ],
        ]
        if let late = report.lateness {
            facts.append(["sends late by p99", TextTable.latency(late.values["p99"] ?? 0)])
        }
        if !report.failures.isEmpty { facts.append(["failures", counts(report.failures)]) }
        if !report.reasons.isEmpty { facts.append(["reasons", counts(report.reasons)]) }
        return heading(title, "\(report.target), \(report.model)", warnings: report.invalid)
            + HTMLText.table(cells, words: 2)
            + LatencyCharts.percentiles(curves.map { (name: $0.0, microseconds: $0.1) })
            + LatencyCharts.heatMap(report.timeline) + HTMLText.table(facts, words: 2) + "</section>\n"
    }

    private static func comparison(_ title: String, _ report: CompareReport) -> String {
        var cells = [["target", "requests", "rate", "p50 raw", "p99 raw", "CPU µs/request", "RSS MiB", "errors"]]
        var ratios = [["ratio to \(report.baseline)"] + CompareReport.Metric.allCases.map(\.rawValue)]
        for contender in report.contenders {
            cells.append([
                contender.name, String(contender.requests), TextTable.fixed(contender.rate, 0) + "/s",
                TextTable.latency(contender.p50), TextTable.latency(contender.p99),
                contender.cpu.map { TextTable.fixed($0, 2) } ?? "-",
                contender.rss.map { TextTable.fixed(Double($0) / 1_048_576, 1) } ?? "-", String(contender.errors),
            ])
            ratios.append(
                [contender.name]
                    + CompareReport.Metric.allCases.map { metric in
                        contender.ratios[metric.rawValue].map { ratio in
                            "\(TextTable.fixed(ratio.ratio, 2)) (\(TextTable.fixed(ratio.low, 2))–\(TextTable.fixed(ratio.high, 2)))"
                        } ?? "-"
                    })
        }
        let model =
            "\(report.rounds) rounds of \(TextTable.fixed(report.secondsEach, 1)) s each, \(report.connections) connections"
        return heading(title, model, warnings: report.notes) + HTMLText.table(cells) + HTMLText.table(ratios)
            + "</section>\n"
    }

    private static func heading(_ title: String, _ model: String, warnings: [String]) -> String {
        "<section><h2>\(HTMLText.escape(title))</h2>\n<p>\(HTMLText.escape(model))</p>\n"
            + warnings.map { "<p class=\"warning\">\(HTMLText.escape($0))</p>\n" }.joined()
    }

    private static func counts(_ counts: [String: UInt64]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    private static let style = """
        :root{color-scheme:light dark}
        body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.4rem}h2{font-size:1.15rem;margin:2.2rem 0 .2rem}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:1rem 0}
        th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #8884;white-space:nowrap}
        .n{text-align:right}.wide{overflow-x:auto}
        .warning{color:#b3261e;font-weight:600}
        figure{margin:1.2rem 0}figcaption{font-weight:600}svg{width:100%;height:auto}
        .grid{stroke:#8884}.axis{fill:#888;font-size:11px}.key{font-size:12px}
        """
}
