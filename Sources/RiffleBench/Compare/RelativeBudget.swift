/// A promise about a ratio, such as `riffle.cpu<=1.25x floor` or `riffle.rate>=0.9x nginx`.
///
/// It is judged by the ratio over all rounds, not by the edge of its interval: more rounds make it sharper, not stricter.
package struct RelativeBudget: Sendable, Equatable {
    package struct Failure: Misuse {
        package let description: String
    }

    package let text: String
    let name: String
    let metric: CompareReport.Metric
    let relation: Budget.Relation
    let limit: Double
    let other: String

    package init(_ text: String) throws(Failure) {
        self.text = text
        func refuse(_ why: String) -> Failure {
            Failure(description: "budget \(text.debugDescription): \(why), e.g. 'riffle.cpu<=1.25x floor'")
        }
        guard let sign = text.firstIndex(where: { "<>".contains($0) }),
            let relation = Budget.Relation.allCases.first(where: { text[sign...].hasPrefix($0.rawValue) })
        else { throw refuse("expected <, <=, > or >=") }
        let left = text[..<sign].filter { $0 != " " }
        guard let dot = left.lastIndex(of: "."), dot > left.startIndex,
            let metric = CompareReport.Metric(rawValue: String(left[left.index(after: dot)...]))
        else {
            let known = CompareReport.Metric.allCases.map(\.rawValue).joined(separator: ", ")
            throw refuse("expected NAME and one of \(known)")
        }
        let right = text[sign...].dropFirst(relation.rawValue.count)
        guard let times = right.firstIndex(where: { $0 == "x" || $0 == "×" }),
            let limit = Double(right[..<times].filter { $0 != " " }), limit > 0, limit.isFinite
        else { throw refuse("expected a factor with x") }
        other = right[right.index(after: times)...].filter { $0 != " " }
        guard !other.isEmpty else { throw refuse("expected the target to compare with") }
        name = String(left[..<dot])
        self.metric = metric
        self.relation = relation
        self.limit = limit
    }

    /// The names it speaks of, to be checked before anything runs.
    package var names: [String] { [name, other] }

    package enum Verdict: Sendable, Equatable {
        case kept
        case broken(String)
        /// Rate and latency say nothing about a target that the generator could not load fully.
        case invalid(String)
    }

    package func verdict(_ report: CompareReport) -> Verdict {
        guard let one = report.contender(name), let two = report.contender(other),
            let ratio = PairedRatio(one.rounds[metric.rawValue] ?? [], over: two.rounds[metric.rawValue] ?? [])
        else { return .broken("budget \(text) broken: nothing was measured for it") }
        if metric != .cpu, metric != .rss {
            for each in [one, two] where each.generatorBusiest > Validity.busiest {
                return .invalid("budget \(text): the generator was the bottleneck for \(each.name)")
            }
        }
        guard !relation.holds(ratio.ratio, limit) else { return .kept }
        return .broken(
            "budget \(text) broken: \(TextTable.fixed(ratio.ratio, 3))x (\(TextTable.fixed(ratio.low, 3)) to "
                + "\(TextTable.fixed(ratio.high, 3)))")
    }
}
