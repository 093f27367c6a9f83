import Glibc

/// The two pictures of a run, as SVG: latency by percentile, and latency over time.
enum LatencyCharts {
    private static let width = 760.0
    private static let height = 300.0
    private static let left = 64.0
    private static let bottom = 40.0
    private static let colours = [
        "#1f77b4", "#d9531e", "#2a9d4a", "#8e44ad", "#b8860b", "#c0392b", "#16a085", "#7f8c8d",
    ]
    static let maxCurves = 8

    /// A logarithmic axis of latencies in microseconds, from top (slow) to bottom (fast).
    private struct Scale {
        let low: Double
        let high: Double

        init(_ values: [Double]) {
            let positive = values.filter { $0 > 0 }
            low = floor(log10(positive.min() ?? 1))
            high = max(ceil(log10(positive.max() ?? 10)), low + 1)
        }

        func y(_ microseconds: Double) -> Double {
            let share = (log10(max(microseconds, 1e-3)) - low) / (high - low)
            return (height - bottom) * (1 - min(max(share, 0), 1))
        }

        var lines: String {
            stride(from: low, through: high, by: 1).map { exponent in
                let value = pow(10, exponent)
                let y = number(y(value))
                return "<line class=\"grid\" x1=\"\(number(left))\" x2=\"\(number(width))\" y1=\"\(y)\" y2=\"\(y)\"/>"
                    + "<text class=\"axis\" text-anchor=\"end\" x=\"\(number(left - 6))\" y=\"\(number(self.y(value) + 4))\">"
                    + "\(HTMLText.escape(TextTable.latency(value)))</text>"
            }.joined(separator: "\n")
        }
    }

    /// Each nine takes the same width, so that the tail is as wide as it matters.
    static func percentiles(_ curves: [(name: String, microseconds: [Double])]) -> String {
        let curves = curves.filter { !$0.microseconds.isEmpty }.prefix(maxCurves)
        guard !curves.isEmpty else { return "" }
        let scale = Scale(curves.flatMap(\.microseconds))
        let steps = Double(max(RunReport.Percentiles.curvePoints.count - 1, 1))
        func x(_ index: Int) -> Double { left + (width - left - 8) * Double(index) / steps }
        var parts = [scale.lines]
        for (index, name) in zip(
            stride(from: 0, through: 40, by: 8), ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"])
        {
            let anchor = index == 40 ? "end" : "middle"
            parts.append(
                "<text class=\"axis\" text-anchor=\"\(anchor)\" x=\"\(number(x(index)))\" y=\"\(number(height - 22))\">\(name)</text>"
            )
        }
        for (position, curve) in curves.enumerated() {
            let colour = colours[position % colours.count]
            let points = curve.microseconds.enumerated().map { "\(number(x($0))),\(number(scale.y($1)))" }
            parts.append(
                "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.8\" points=\"\(points.joined(separator: " "))\"/>"
            )
            parts.append(
                "<text class=\"key\" fill=\"\(colour)\" x=\"\(number(left + 10))\" y=\"\(number(16 + 15 * Double(position)))\">"
                    + "\(HTMLText.escape(curve.name))</text>")
        }
        return svg("Latency by percentile", parts)
    }

    /// Time to the right, latency upwards; the darker, the more answers.
    static func heatMap(_ timeline: Timeline) -> String {
        let columns = timeline.columns
        guard !columns.isEmpty else { return "" }
        let used = columns.flatMap { column in column.indices.filter { column[$0] > 0 } }
        guard let lowest = used.min(), let highest = used.max() else { return "" }
        let scale = Scale([Double(Timeline.edge(lowest)) / 1000, Double(Timeline.edge(highest + 1)) / 1000])
        let most = log(Double(columns.flatMap(\.self).max() ?? 1) + 1)
        let step = (width - left - 8) / Double(columns.count)
        var parts = [scale.lines]
        for (index, column) in columns.enumerated() {
            for cell in lowest...highest where cell < column.count && column[cell] > 0 {
                let top = scale.y(Double(Timeline.edge(cell + 1)) / 1000)
                let low = scale.y(Double(Timeline.edge(cell)) / 1000)
                let shade = 0.15 + 0.85 * log(Double(column[cell]) + 1) / most
                parts.append(
                    "<rect x=\"\(number(left + step * Double(index)))\" y=\"\(number(top))\" width=\"\(number(step))\" "
                        + "height=\"\(number(max(low - top, 0.5)))\" fill=\"#d9531e\" fill-opacity=\"\(number(shade))\"/>"
                )
            }
        }
        let seconds = Double(timeline.width) * Double(columns.count) / 1e9
        for share in [0, 0.25, 0.5, 0.75, 1.0] {
            let anchor = share == 1 ? "end" : "middle"
            parts.append(
                "<text class=\"axis\" text-anchor=\"\(anchor)\" x=\"\(number(left + (width - left - 8) * share))\" "
                    + "y=\"\(number(height - 22))\">\(TextTable.fixed(seconds * share, 1)) s</text>")
        }
        return svg("Latency over time", parts)
    }

    private static func svg(_ title: String, _ parts: [String]) -> String {
        "<figure><figcaption>\(title)</figcaption>\n<svg viewBox=\"0 -10 \(number(width)) \(number(height))\" role=\"img\" "
            + "aria-label=\"\(title)\">\n" + parts.joined(separator: "\n") + "\n</svg></figure>\n"
    }

    private static func number(_ value: Double) -> String { TextTable.fixed(value, 2) }
}
