/// A table of fixed size from 64-bit names to values: a name has a few cells it may live in, and pushes out the one used
/// longest ago. So everything the predictor learns is bounded, O(1), and forgets what nobody uses.
struct RecencyTable<Value: Sendable>: Sendable {
    private static var ways: Int { 8 }

    private struct Cell: Sendable {
        /// Zero when empty.
        var name: UInt64 = 0
        /// When it was last used, on the owner's clock.
        var stamp: Int64 = .min
    }

    private var cells: [Cell]
    private var values: [Value]
    private let blank: Value
    private let mask: Int

    /// - Parameter capacity: rounded up to a power of two.
    init(capacity: Int, blank: Value) {
        var size = Self.ways
        while size < capacity { size *= 2 }
        cells = Array(repeating: Cell(), count: size)
        values = Array(repeating: blank, count: size)
        self.blank = blank
        mask = size / Self.ways - 1
    }

    var capacity: Int { cells.count }

    private func base(_ name: UInt64) -> Int {
        (Int(truncatingIfNeeded: (name &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask) * Self.ways
    }

    /// Where `name` lives, if it does. The place holds until the next ``claim(_:stamp:)``.
    func find(_ name: UInt64) -> Int? {
        let start = base(name)
        for place in start..<start + Self.ways where cells[place].name == name { return place }
        return nil
    }

    /// The place of `name`, made if need be; `stamp` says how recently it counts as used.
    mutating func claim(_ name: UInt64, stamp: Int64) -> (place: Int, isNew: Bool) {
        let start = base(name)
        var oldest = start
        for place in start..<start + Self.ways {
            if cells[place].name == name {
                cells[place].stamp = max(cells[place].stamp, stamp)
                return (place, false)
            }
            if cells[place].stamp < cells[oldest].stamp { oldest = place }
        }
        cells[oldest] = Cell(name: name, stamp: stamp)
        values[oldest] = blank
        return (oldest, true)
    }

    subscript(place: Int) -> Value {
        _read { yield values[place] }
        _modify { yield &values[place] }
    }

    subscript(name name: UInt64) -> Value? {
        find(name).map { values[$0] }
    }
}
