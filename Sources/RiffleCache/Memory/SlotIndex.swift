/// Open-addressing table from 64-bit hashes to slot numbers, linear probing with backward-shift deletion.
///
/// Several slots may share a hash: the caller compares full keys. Not safe for concurrent use: a shard's lock covers it.
struct SlotIndex {
    private var cells: [Cell]
    private(set) var count = 0

    private struct Cell {
        /// The low half of the hash: enough to find the home cell of any table that fits in memory, and to tell most
        /// strangers apart before keys are compared.
        var hash: UInt32
        /// Slot number plus one; zero marks an empty cell.
        var slot: UInt32
    }

    init() {
        cells = Array(repeating: Cell(hash: 0, slot: 0), count: 64)
    }

    private var mask: Int { cells.count - 1 }

    /// The first slot under `hash` that `matches`. Expected O(1).
    @inline(__always)
    func find(_ hash: UInt64, matches: (Int) -> Bool) -> Int? {
        cells.withUnsafeBufferPointer { cells in
            let fragment = UInt32(truncatingIfNeeded: hash)
            var index = Int(fragment) & (cells.count - 1)
            while cells[index].slot != 0 {
                if cells[index].hash == fragment, matches(Int(cells[index].slot) - 1) {
                    return Int(cells[index].slot) - 1
                }
                index = (index + 1) & (cells.count - 1)
            }
            return nil
        }
    }

    mutating func insert(_ hash: UInt64, slot: Int) {
        if (count + 1) * 4 > cells.count * 3 { grow() }
        place(Cell(hash: UInt32(truncatingIfNeeded: hash), slot: UInt32(slot) + 1))
        count += 1
    }

    mutating func remove(_ hash: UInt64, slot: Int) {
        var index = Int(UInt32(truncatingIfNeeded: hash)) & mask
        while cells[index].slot != 0, cells[index].slot != UInt32(slot) + 1 {
            index = (index + 1) & mask
        }
        guard cells[index].slot != 0 else { return }
        count -= 1
        var hole = index
        var next = (hole + 1) & mask
        while cells[next].slot != 0 {
            let home = Int(cells[next].hash) & mask
            // A cell may move back into the hole unless its home lies behind the hole.
            if (next - home) & mask >= (next - hole) & mask {
                cells[hole] = cells[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        cells[hole] = Cell(hash: 0, slot: 0)
    }

    /// The entry of `hash` now lives in another slot.
    mutating func move(_ hash: UInt64, from old: Int, to new: Int) {
        var index = Int(UInt32(truncatingIfNeeded: hash)) & mask
        while cells[index].slot != 0 {
            if cells[index].slot == UInt32(old) + 1 {
                cells[index].slot = UInt32(new) + 1
                return
            }
            index = (index + 1) & mask
        }
    }

    private mutating func place(_ cell: Cell) {
        var index = Int(cell.hash) & mask
        while cells[index].slot != 0 { index = (index + 1) & mask }
        cells[index] = cell
    }

    private mutating func grow() {
        let old = cells
        cells = Array(repeating: Cell(hash: 0, slot: 0), count: old.count * 2)
        for cell in old where cell.slot != 0 { place(cell) }
    }
}
