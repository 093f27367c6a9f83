/// What a terminal shows while a run goes: how far it is, the figures, and a histogram of all latencies so far on a log
/// scale, a bar two cells of the octave wide; what a cache's store answered (`|`) below what it did not (`#`).
package enum LiveView {
    /// Rows of the tallest bar.
    static let height = 8
    /// Cells of ``Timeline`` in one bar.
    static let cellsPerBar = 2

    package static func render(_ reading: Progress.Reading, rate: Double, width: Int) -> [String] {
        let figures =
            "\(TextTable.fixed(rate, 0))/s  \(reading.answered) answers  \(reading.errors) errors  "
            + "p99 \(TextTable.latency(Double(reading.p99) / 1000))"
        return ([bar(reading.done, width) + "  " + figures] + histogram(reading, width)).map {
            String($0.prefix(width))
        }
    }

    private static func bar(_ done: Double, _ width: Int) -> String {
        let length = max(10, min(30, width / 4))
        let filled = Int((min(max(done, 0), 1) * Double(length)).rounded())
        return "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: length - filled) + "]"
    }

    private static func histogram(_ reading: Progress.Reading, _ width: Int) -> [String] {
        let hits = bars(reading.hits)
        let others = bars(reading.others)
        let all = hits.indices.map { hits[$0] + others[$0] }
        guard let first = all.firstIndex(where: { $0 > 0 }), let last = all.lastIndex(where: { $0 > 0 }),
            let most = all.max()
        else { return [] }
        let shown = first...min(last, first + max(width, 1) - 1)
        var rows: [String] = []
        for level in stride(from: height, to: 0, by: -1) {
            rows.append(
                shown.map { index -> String in
                    // Whatever was seen at all shows at the bottom.
                    let full = max(all[index] > 0 ? 1 : 0, rounded(all[index], of: most))
                    guard level <= full else { return " " }
                    let below = others[index] == 0 ? full : min(full - 1, rounded(hits[index], of: most))
                    return level <= (hits[index] == 0 ? 0 : max(below, others[index] == 0 ? 1 : 0)) ? "|" : "#"
                }.joined())
        }
        return rows + [axis(shown)]
    }

    private static func bars(_ cells: [UInt32]) -> [Double] {
        stride(from: 0, to: cells.count, by: cellsPerBar).map { start in
            cells[start..<min(start + cellsPerBar, cells.count)].reduce(0) { $0 + Double($1) }
        }
    }

    private static func rounded(_ count: Double, of most: Double) -> Int {
        Int((count / most * Double(height)).rounded())
    }

    /// Latencies below the bars they begin, as many as have room.
    private static func axis(_ shown: ClosedRange<Int>) -> String {
        var line = ""
        for index in shown {
            let column = index - shown.lowerBound
            guard column >= line.count, column % 12 == 0 else { continue }
            line += String(repeating: " ", count: column - line.count)
            line += TextTable.latency(Double(Timeline.edge(index * cellsPerBar)) / 1000) + " "
        }
        return line
    }
}
