/// Latencies over time in coarse logarithmic cells: what a heat map and a live percentile need, at a fixed size.
package struct Timeline: Sendable, Codable {
    /// Eight cells an octave from 1 µs to about 70 s.
    package static let cells = 8 * 26
    /// More columns than this are folded two into one.
    static let maxColumns = 240

    /// Nanoseconds a column stands for.
    package private(set) var width = Nanoseconds.perSecond / 10
    package private(set) var columns: [[UInt32]] = []
    private var start: UInt64 = 0

    package init() {}

    mutating func begin(at start: UInt64) { self.start = start }

    package static func cell(_ latency: UInt64) -> Int {
        guard latency >= 1024 else { return 0 }
        let octave = 63 - latency.leadingZeroBitCount
        let part = Int(latency >> UInt64(octave - 3)) & 7
        return min((octave - 10) * 8 + part, cells - 1)
    }

    /// The lower edge of a cell, in nanoseconds.
    package static func edge(_ cell: Int) -> UInt64 {
        (8 + UInt64(cell % 8)) << UInt64(cell / 8 + 10 - 3)
    }

    @inline(__always)
    mutating func record(_ latency: UInt64, at now: UInt64) {
        guard now >= start else { return }
        let column = Int((now - start) / width)
        while column >= columns.count {
            guard columns.count < Self.maxColumns else {
                fold()
                return record(latency, at: now)
            }
            columns.append([UInt32](repeating: 0, count: Self.cells))
        }
        columns[column][Self.cell(latency)] &+= 1
    }

    private mutating func fold() {
        columns = stride(from: 0, to: columns.count, by: 2).map { index in
            index + 1 < columns.count ? zip(columns[index], columns[index + 1]).map { $0 &+ $1 } : columns[index]
        }
        width *= 2
    }

    package mutating func merge(_ other: Timeline) {
        var other = other
        while width < other.width { fold() }
        while other.width < width { other.fold() }
        while columns.count < other.columns.count { columns.append([UInt32](repeating: 0, count: Self.cells)) }
        for (index, column) in other.columns.enumerated() {
            for (cell, count) in column.enumerated() { columns[index][cell] &+= count }
        }
    }
}
