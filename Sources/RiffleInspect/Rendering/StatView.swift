import RiffleTelemetry

/// The figures of a riffle as aligned text; with an earlier snapshot also as rates.
package struct StatView: Sendable {
    private let now: ProxySnapshot
    private let before: ProxySnapshot?

    /// - Parameter before: of the same process; one of an earlier process is ignored.
    package init(_ now: ProxySnapshot, since before: ProxySnapshot? = nil) {
        self.now = now
        self.before = before.flatMap { now.uptimeSeconds > $0.uptimeSeconds ? $0 : nil }
    }

    package func lines(_ ink: Ink = .none) -> [String] {
        var lines = [
            ink(.bold, "riffle \(Ink.harmless(now.version))") + " · \(Ink.harmless(now.dialect)) · "
                + "\(Ink.harmless(now.origin.url)) · up \(Figures.span(seconds: now.uptimeSeconds)) · \(now.loops) loops",
            "",
        ]
        lines += requests.lines(ink)
        let reasons = reasonLines
        if !reasons.isEmpty {
            lines += ["", ink(.bold, "why not from the cache")] + reasons
        }
        lines.append("")
        lines += figures.map { name, value in
            ink(.dim, name + String(repeating: " ", count: max(0, 12 - name.count))) + " " + value
        }
        return lines
    }

    private var requests: TextTable {
        var table = TextTable([
            "outcome": .left, "tier": .left, "requests": .right, "share": .right, "rate": .right, "p50": .right,
            "p99": .right, "max": .right,
        ])
        let total = now.requests.total
        for outcome in Outcome.allCases {
            for tier in Tier.allCases {
                let count = now.requests.count(outcome, tier)
                guard count > 0 else { continue }
                let histogram = now.requests.latency(outcome, tier)
                table.add(
                    outcome.rawValue, tier.rawValue, Figures.count(count), Figures.share(count, of: total),
                    rate { $0.requests.count(outcome, tier) }, time(histogram?.percentile(0.5)),
                    time(histogram?.percentile(0.99)), time(histogram?.percentile(1)))
            }
        }
        table.add("all", "", Figures.count(total), "", rate { $0.requests.total })
        return table
    }

    private var reasonLines: [String] {
        var table = TextTable(["outcome": .left, "reason": .left, "requests": .right, "rate": .right])
        var any = false
        for outcome in Outcome.allCases {
            for reason in Reason.allCases {
                let count = now.requests.count(outcome, reason)
                guard count > 0 else { continue }
                any = true
                table.add(
                    outcome.rawValue, reason.rawValue, Figures.count(count), rate { $0.requests.count(outcome, reason) }
                )
            }
        }
        return any ? Array(table.lines().dropFirst()) : []
    }

    private var figures: [(String, String)] {
        let memory = now.memory
        let prefetch = now.prefetch
        let full = memory.limit > 0 ? " (\(Figures.share(UInt64(max(0, memory.bytes)), of: UInt64(memory.limit))))" : ""
        var redis = now.redis.state.rawValue
        if !now.redis.target.isEmpty { redis += " " + Ink.harmless(now.redis.target) }
        let numbers = now.redis.numbers.sorted { $0.key < $1.key }
            .map { "\(Ink.harmless($0.key)) \(Figures.count($0.value))" }
        return [
            (
                "memory",
                "\(Figures.count(memory.entries)) entries, \(Figures.bytes(memory.bytes)) of "
                    + "\(Figures.bytes(memory.limit))\(full), \(Figures.count(memory.evictions)) evicted"
            )
        ]
            + memory.tenants.map(tenant) + [
                ("redis", ([redis] + numbers).joined(separator: ", ")),
                (
                    "origin",
                    "\(Figures.count(now.origin.calls)) calls \(rate { $0.origin.calls }), \(now.origin.inFlight) in flight, "
                        + "\(Figures.count(now.origin.failures)) failed"
                ),
                (
                    "prefetch",
                    prefetch.enabled
                        ? "\(Figures.count(prefetch.issued)) issued, \(Figures.count(prefetch.used)) used, "
                            + "\(Figures.count(prefetch.wasted)) wasted, \(Figures.count(prefetch.skippedByBudget)) skipped, "
                            + "\(prefetch.inFlight) in flight, \(Figures.fixed(prefetch.extraShare * 100, 1)) % extra calls"
                        : "off"
                ),
                ("clients", "\(Figures.count(now.connections)) connections, \(now.fillsInFlight) fills in flight"),
            ]
    }

    private func tenant(_ tenant: TenantFigures) -> (String, String) {
        var bounds: [String] = []
        if tenant.floor > 0 { bounds.append("floor \(Figures.bytes(tenant.floor))") }
        if let ceiling = tenant.ceiling { bounds.append("ceiling \(Figures.bytes(ceiling))") }
        let figures = [Figures.bytes(tenant.bytes)] + bounds + ["\(Figures.count(tenant.evictions)) evicted"]
        return ("tenant", "\(Ink.harmless(tenant.path)) " + figures.joined(separator: ", "))
    }

    private func rate(_ counter: (ProxySnapshot) -> UInt64) -> String {
        guard let before else {
            return now.uptimeSeconds > 0 ? Figures.rate(Double(counter(now)) / now.uptimeSeconds) : ""
        }
        let (change, wentBack) = counter(now).subtractingReportingOverflow(counter(before))
        return wentBack ? "-" : Figures.rate(Double(change) / (now.uptimeSeconds - before.uptimeSeconds))
    }

    private func time(_ nanoseconds: UInt64?) -> String {
        nanoseconds.map(Figures.duration(nanoseconds:)) ?? "-"
    }
}

extension RequestFigures {
    package func count(_ outcome: Outcome, _ tier: Tier) -> UInt64 {
        rows.reduce(0) { $1.outcome == outcome && $1.tier == tier ? $0 &+ $1.count : $0 }
    }

    package func count(_ outcome: Outcome, _ reason: Reason) -> UInt64 {
        rows.reduce(0) { $1.outcome == outcome && $1.reason == reason ? $0 &+ $1.count : $0 }
    }

    package func latency(_ outcome: Outcome, _ tier: Tier) -> Histogram? {
        latencies.first { $0.outcome == outcome && $0.tier == tier }?.histogram
    }
}
