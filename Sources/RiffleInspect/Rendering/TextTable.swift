/// Columns that line up: cells are plain text, padded by what they show.
package struct TextTable: Sendable {
    package enum Side: Sendable { case left, right }

    private let header: [String]
    private let sides: [Side]
    private var rows: [[String]] = []

    package init(_ columns: KeyValuePairs<String, Side>) {
        header = columns.map(\.key)
        sides = columns.map(\.value)
    }

    /// Missing cells are empty, surplus ones dropped.
    package mutating func add(_ cells: String...) {
        rows.append((0..<header.count).map { $0 < cells.count ? cells[$0] : "" })
    }

    package func lines(_ ink: Ink = .none) -> [String] {
        let widths = header.indices.map { column in
            ([header] + rows).reduce(0) { max($0, $1[column].count) }
        }
        let head = ink(.dim, line(header, widths))
        return [head] + rows.map { line($0, widths) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let gap = String(repeating: " ", count: widths[column] - cell.count)
            if column > 0 { line += "  " }
            line += sides[column] == .right ? gap + cell : cell + gap
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
