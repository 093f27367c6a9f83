/// The fields one side of a connection has told the other to remember (RFC 7541 §2.3.2, §4).
///
/// Their bytes lie one behind the other in one piece of memory of at most twice the table's size, moved to its front when
/// its end is reached.
struct DynamicTable: Sendable {
    /// What a table may hold unless SETTINGS say otherwise, which riffle's never do.
    static let defaultLimit = 4_096
    /// What each entry counts beyond its bytes (§4.1).
    static let overhead = 32
    /// Entries there can be: those of a full table of empty fields.
    private static let places = defaultLimit / overhead
    private static let most = 2 * defaultLimit

    struct Entry: Sendable {
        private var first: UInt16 = 0
        private let ofName: UInt16
        private let ofValue: UInt16
        let token: UInt8

        /// All of them at most ``DynamicTable/most``.
        init(start: Int, nameLength: Int, valueLength: Int, token: UInt8) {
            first = UInt16(truncatingIfNeeded: start)
            ofName = UInt16(truncatingIfNeeded: nameLength)
            ofValue = UInt16(truncatingIfNeeded: valueLength)
            self.token = token
        }

        var start: Int {
            get { Int(first) }
            set { first = UInt16(truncatingIfNeeded: newValue) }
        }

        var nameLength: Int { Int(ofName) }
        var bytes: Int { Int(ofName) + Int(ofValue) }
        var valueLength: Int { Int(ofValue) }
    }

    private(set) var limit = DynamicTable.defaultLimit
    private(set) var size = 0
    private(set) var count = 0
    private var inserted = 0
    private var entries: [Entry] = []
    private var memory: [UInt8] = []
    private var end = 0

    /// - Parameter index: 0 for the entry that came last.
    func entry(_ index: Int) -> Entry? {
        guard index >= 0, index < count else { return nil }
        return entries[(inserted - 1 - index) & (Self.places - 1)]
    }

    func copy(_ start: Int, _ length: Int, into output: UnsafeMutableRawBufferPointer) {
        memory.withUnsafeBytes {
            output.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + length)]))
        }
    }

    /// - Parameter limit: at most ``defaultLimit``.
    mutating func resize(to limit: Int) {
        self.limit = limit
        evict(to: limit)
    }

    /// Remembers a field; one larger than the whole table only empties it (§4.4).
    mutating func insert(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, token: UInt8) {
        let length = name.count + value.count
        guard length + Self.overhead <= limit else { return evict(to: 0) }
        evict(to: limit - length - Self.overhead)
        let entry = Entry(start: 0, nameLength: name.count, valueLength: value.count, token: token)
        if entries.isEmpty { entries = [Entry](repeating: entry, count: Self.places) }
        makeRoom(length)
        memory.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[end...]).copyMemory(from: name)
            UnsafeMutableRawBufferPointer(rebasing: $0[(end + name.count)...]).copyMemory(from: value)
        }
        entries[inserted & (Self.places - 1)] = entry
        entries[inserted & (Self.places - 1)].start = end
        end += length
        inserted += 1
        count += 1
        size += length + Self.overhead
    }

    private mutating func evict(to room: Int) {
        while size > room, let oldest = entry(count - 1) {
            size -= oldest.bytes + Self.overhead
            count -= 1
        }
    }

    /// Sees to it that `length` bytes fit behind ``end``; at most ``defaultLimit`` bytes are alive.
    private mutating func makeRoom(_ length: Int) {
        guard end + length > memory.count else { return }
        let live = count == 0 ? 0 : end - entries[(inserted - count) & (Self.places - 1)].start
        let begin = end - live
        if memory.count < Self.most, live + length > memory.count / 2 {
            let wanted = min(Self.most, max(512, 2 * (live + length)))
            memory.append(contentsOf: repeatElement(0, count: max(0, wanted - memory.count)))
        }
        guard end + length > memory.count else { return }
        memory.withUnsafeMutableBytes {
            $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[begin..<end]))
        }
        for back in 0..<count { entries[(inserted - 1 - back) & (Self.places - 1)].start -= begin }
        end = live
    }
}
