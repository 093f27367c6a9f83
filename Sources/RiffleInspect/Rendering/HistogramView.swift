import RiffleTelemetry

/// Latencies drawn on a logarithmic axis: one column per slice of time, `|` for what the cache answered, `#` for what
/// had to go to the origin, and percentiles per outcome and tier below.
package struct HistogramView: Sendable {
    /// 10 µs to 100 s, in powers of ten.
    static let firstDecade = 4
    static let decades = 7
    package static let leastWidth = 40

    private let latencies: [LatencyFigures]
    private let width: Int
    private let height: Int

    /// - Parameters:
    ///   - width: columns of the terminal.
    ///   - height: lines of the drawing itself.
    package init(_ requests: RequestFigures, width: Int = 80, height: Int = 12) {
        latencies = requests.latencies
        self.width = min(max(width, Self.leastWidth), 400)
        self.height = min(max(height, 3), 100)
    }

    package func lines(_ ink: Ink = .none) -> [String] {
        guard latencies.contains(where: { !$0.buckets.isEmpty }) else { return ["no request was answered yet"] }
        return drawing(ink) + [""] + legend(ink) + [""] + percentiles.lines(ink)
    }

    /// Whether requests of this outcome waited for the origin.
    private static func waited(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .hit, .stale, .derived: false
        case .revalidated, .collapsed, .miss, .bypass, .write, .error: true
        }
    }

    private var perDecade: Int { (width - 1) / Self.decades }
    private var columns: Int { perDecade * Self.decades }

    private func drawing(_ ink: Ink) -> [String] {
        var fast = [UInt64](repeating: 0, count: columns)
        var slow = fast
        for latency in latencies {
            for bucket in latency.buckets {
                let column = column(of: bucket.from)
                if Self.waited(latency.outcome) {
                    slow[column] &+= bucket.count
                } else {
                    fast[column] &+= bucket.count
                }
            }
        }
        let tallest = zip(fast, slow).reduce(1) { max($0, $1.0 &+ $1.1) }
        var lines: [String] = []
        for row in stride(from: height, to: 0, by: -1) {
            var line = ""
            for column in 0..<columns {
                let whole = level(fast[column] &+ slow[column], tallest)
                let lower = slow[column] == 0 ? 0 : level(slow[column], tallest)
                line += row > whole ? " " : row <= lower ? "#" : "|"
            }
            while line.last == " " { line.removeLast() }
            lines.append(coloured(line, ink))
        }
        return lines + axis
    }

    /// Lines of the bar: what occurred at all shows, however rare.
    private func level(_ count: UInt64, _ tallest: UInt64) -> Int {
        count == 0 ? 0 : max(1, Int((Double(count) / Double(tallest) * Double(height)).rounded()))
    }

    private func column(of nanoseconds: UInt64) -> Int {
        var decade = 0
        var low: UInt64 = 10_000
        while decade < Self.decades - 1, nanoseconds >= low * 10 {
            low *= 10
            decade += 1
        }
        guard nanoseconds > low else { return decade * perDecade }
        // The part of the decade by repeated comparison with its slices' bounds, which needs no logarithm.
        var slice = 0
        var bound = Double(low)
        let step = Self.tenthRoot(perDecade)
        while slice < perDecade - 1, Double(nanoseconds) >= bound * step {
            bound *= step
            slice += 1
        }
        return decade * perDecade + slice
    }

    /// The number whose `count`-th power is ten.
    private static func tenthRoot(_ count: Int) -> Double {
        var low = 1.0
        var high = 10.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let power = (0..<count).reduce(1.0) { product, _ in min(product * middle, 1e6) }
            if power < 10 { low = middle } else { high = middle }
        }
        return high
    }

    private var axis: [String] {
        var ruler = ""
        var labels = ""
        for name in ["10µs", "100µs", "1ms", "10ms", "100ms", "1s", "10s"] {
            ruler += "+" + String(repeating: "-", count: perDecade - 1)
            labels += String(name.prefix(perDecade)) + String(repeating: " ", count: max(0, perDecade - name.count))
        }
        while labels.last == " " { labels.removeLast() }
        return [ruler, labels]
    }

    private func coloured(_ line: String, _ ink: Ink) -> String {
        var drawn = ""
        var run = ""
        func flush() { drawn += run.last == "|" ? ink(.green, run) : run.last == "#" ? ink(.yellow, run) : run }
        for character in line {
            if let last = run.last, last != character {
                flush()
                run = ""
            }
            run.append(character)
        }
        flush()
        return drawn
    }

    private func legend(_ ink: Ink) -> [String] {
        let fast = latencies.filter { !Self.waited($0.outcome) }.reduce(0) { $0 &+ $1.histogram.count }
        let slow = latencies.filter { Self.waited($0.outcome) }.reduce(0) { $0 &+ $1.histogram.count }
        return [
            ink(.green, "|") + " from the cache (hit, stale, derived): \(Figures.count(fast))",
            ink(.yellow, "#") + " waited for the origin (all others): \(Figures.count(slow))",
        ]
    }

    private var percentiles: TextTable {
        var table = TextTable([
            "outcome": .left, "tier": .left, "requests": .right, "p50": .right, "p90": .right, "p99": .right,
            "p99.9": .right, "max": .right,
        ])
        for latency in latencies {
            let histogram = latency.histogram
            let times = [0.5, 0.9, 0.99, 0.999, 1].map {
                histogram.percentile($0).map(Figures.duration(nanoseconds:)) ?? "-"
            }
            table.add(
                latency.outcome.rawValue, latency.tier.rawValue, Figures.count(histogram.count), times[0], times[1],
                times[2], times[3], times[4])
        }
        return table
    }
}
