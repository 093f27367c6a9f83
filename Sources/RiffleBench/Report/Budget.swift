/// One promise a run must keep, such as `p99<5ms`, `hit.p50<1ms`, `hit-memory.raw.p99.9<2ms`, `errors<1`, `rate>=1900`.
package struct Budget: Sendable, Equatable {
    package struct Failure: Misuse {
        package let description: String
    }

    enum Relation: String, CaseIterable {
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"

        func holds(_ found: Double, _ limit: Double) -> Bool {
            switch self {
            case .below: found < limit
            case .atMost: found <= limit
            case .above: found > limit
            case .atLeast: found >= limit
            }
        }
    }

    enum Metric: Equatable { case percentile(String), max, mean, count, share, errors, rate }

    package let text: String
    /// Words an outcome's row must begin with; empty for all.
    let outcome: [String]
    let raw: Bool
    let metric: Metric
    let relation: Relation
    /// Microseconds for latencies.
    let limit: Double

    package init(_ text: String) throws(Failure) {
        let compact = text.filter { $0 != " " }
        self.text = compact
        guard let sign = compact.firstIndex(where: { "<>".contains($0) }) else {
            throw Failure(description: "budget \(text.debugDescription): expected e.g. p99<5ms, errors<1, rate>=1900")
        }
        let tail = compact[sign...]
        guard let relation = Relation.allCases.first(where: { tail.hasPrefix($0.rawValue) }) else {
            throw Failure(description: "budget \(text.debugDescription): expected <, <=, > or >=")
        }
        self.relation = relation
        var name = compact[..<sign]
        var outcome: [String] = []
        var raw = false
        // A percentile may hold a dot of its own, so qualifiers are taken from the left.
        while let dot = name.firstIndex(of: "."), !Self.isPercentile(name) {
            let word = name[..<dot]
            if word == "raw" {
                raw = true
            } else if word != "planned", word != "all" {
                outcome += word.split(separator: "-").map(String.init)
            }
            name = name[name.index(after: dot)...]
        }
        self.outcome = outcome
        self.raw = raw
        switch name {
        case "max": metric = .max
        case "mean": metric = .mean
        case "count", "requests": metric = .count
        case "share": metric = .share
        case "errors": metric = .errors
        case "rate": metric = .rate
        default:
            guard Self.isPercentile(name),
                RunReport.Percentiles.kept.map(RunReport.Percentiles.name).contains(String(name))
            else {
                let known = RunReport.Percentiles.kept.map(RunReport.Percentiles.name).joined(separator: ", ")
                throw Failure(
                    description: "budget \(text.debugDescription): \(name.debugDescription) is none of \(known), max, "
                        + "mean, count, share, errors, rate")
            }
            metric = .percentile(String(name))
        }
        let value = tail.dropFirst(relation.rawValue.count)
        let units: [(String, Double)] =
            switch metric {
            case .percentile, .max, .mean: [("us", 1), ("µs", 1), ("ms", 1000), ("s", 1_000_000)]
            case .share: [("%", 0.01), ("", 1)]
            case .count, .errors: [("", 1)]
            case .rate: [("/s", 1), ("", 1)]
            }
        guard let unit = units.first(where: { value.hasSuffix($0.0) }),
            let number = Double(value.dropLast(unit.0.count)), number.isFinite
        else {
            let expected = units.map(\.0).filter { !$0.isEmpty }.joined(separator: ", ")
            throw Failure(
                description: "budget \(text.debugDescription): expected a number"
                    + (expected.isEmpty ? "" : " with \(expected)") + " after \(relation.rawValue)")
        }
        limit = number * unit.1
    }

    private static func isPercentile(_ name: Substring) -> Bool {
        name.first == "p" && Double(name.dropFirst()) != nil
    }

    /// What is wrong, in one line; nil when the promise was kept. A row that never came breaks a promise about it.
    package func broken(by report: RunReport) -> String? {
        let rows =
            outcome.isEmpty
            ? [report.all]
            : report.rows.filter { row in
                row.outcome.split(separator: " ").map(String.init).starts(with: outcome)
            }
        let found: Double
        switch metric {
        case .errors: found = Double(report.errors)
        case .rate where outcome.isEmpty: found = report.rate
        case .rate: found = Double(rows.reduce(0) { $0 + $1.raw.count }) / max(report.seconds, 1e-9)
        case .count where outcome.isEmpty: found = Double(report.requests)
        case .count: found = Double(rows.reduce(0) { $0 + $1.raw.count })
        case .share: found = Double(rows.reduce(0) { $0 + $1.raw.count }) / Double(max(report.requests, 1))
        case .percentile, .max, .mean:
            // Several rows (hit memory, hit redis) keep a promise about `hit` only when each does.
            let figures = rows.map { raw ? $0.raw : $0.planned ?? $0.raw }.filter { $0.count > 0 }
            guard !figures.isEmpty else { return "budget \(text) broken: nothing was measured for it" }
            let values = figures.map { value(in: $0) }
            let worst = relation == .below || relation == .atMost ? values.max() : values.min()
            found = worst ?? 0
        }
        guard !relation.holds(found, limit) else { return nil }
        return "budget \(text) broken: \(shown(found))"
    }

    private func value(in figures: RunReport.Percentiles) -> Double {
        switch metric {
        case .percentile(let name): figures.values[name] ?? .infinity
        case .max: figures.max
        default: figures.mean
        }
    }

    private func shown(_ found: Double) -> String {
        switch metric {
        case .percentile, .max, .mean: TextTable.latency(found)
        case .share: TextTable.fixed(found * 100, 1) + " %"
        case .rate: TextTable.fixed(found, 1) + "/s"
        case .count, .errors: TextTable.fixed(found, 0)
        }
    }
}
