/// One independently locked part of the memory tier: a segmented LRU bounded in bytes.
///
/// New entries start on probation; a hit there protects them, up to four fifths of the bytes. So a crawler that opens
/// everything once only washes through probation. All operations O(1), eviction amortised.
struct Shard {
    enum Segment: UInt8 { case probation, protected }

    private struct Slot {
        var entry: Entry?
        var cost = 0
        var previous: Int32 = -1
        var next: Int32 = -1
        var segment = Segment.probation
    }

    private struct List {
        var head: Int32 = -1
        var tail: Int32 = -1
        var bytes = 0
    }

    private var index = SlotIndex()
    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var probation = List()
    private var protected = List()
    private var recentlyEvicted = EvictionMemory()
    let limit: Int
    private(set) var evictions = 0

    init(limit: Int) {
        self.limit = limit
    }

    var bytes: Int { probation.bytes + protected.bytes }
    var count: Int { index.count }

    /// Whether an entry of that hash was pushed out not long ago.
    func wasEvicted(_ hash: UInt64) -> Bool { recentlyEvicted.contains(hash) }

    mutating func find(_ hash: UInt64, _ key: UnsafeRawBufferPointer) -> Entry? {
        guard let slot = locate(hash, key) else { return nil }
        promote(slot)
        return slots[slot].entry
    }

    /// The entry without moving it up.
    func peek(_ hash: UInt64, _ key: UnsafeRawBufferPointer) -> Entry? {
        locate(hash, key).flatMap { slots[$0].entry }
    }

    /// Stores `entry` in place of one with the same key. An entry over half the shard is refused.
    mutating func insert(_ entry: Entry) -> (stored: Bool, displaced: [Entry]) {
        var displaced: [Entry] = []
        if let old = entry.key.bytes.withUnsafeBytes({ locate(entry.hash, $0) }), let removed = remove(slot: old) {
            displaced.append(removed)
        }
        let cost = entry.cost
        guard cost <= limit / 2 else { return (false, displaced) }
        while bytes + cost > limit {
            guard let victim = evictOne() else { break }
            displaced.append(victim)
        }
        let slot = free.popLast().map(Int.init) ?? slots.count
        if slot == slots.count { slots.append(Slot()) }
        slots[slot] = Slot(entry: entry, cost: cost)
        link(slot, into: .probation)
        index.insert(entry.hash, slot: slot)
        return (true, displaced)
    }

    /// Removes exactly this object, not a successor under the same key.
    mutating func remove(_ entry: Entry) -> Bool {
        guard let slot = entry.key.bytes.withUnsafeBytes({ locate(entry.hash, $0) }), slots[slot].entry === entry else {
            return false
        }
        return remove(slot: slot) != nil
    }

    mutating func removeAll() {
        self = Shard(limit: limit, keeping: evictions)
    }

    /// Calls `body` for every entry; for inspection only.
    func forEach(_ body: (Entry) -> Void) {
        for slot in slots {
            if let entry = slot.entry { body(entry) }
        }
    }

    private init(limit: Int, keeping evictions: Int) {
        self.limit = limit
        self.evictions = evictions
    }

    private func locate(_ hash: UInt64, _ key: UnsafeRawBufferPointer) -> Int? {
        index.find(hash) { slot in
            slots[slot].entry.map { $0.key.matches(key) } ?? false
        }
    }

    private mutating func promote(_ slot: Int) {
        guard protected.head != Int32(slot) else { return }
        unlink(slot)
        link(slot, into: .protected)
        while protected.bytes > limit / 5 * 4, protected.tail >= 0, protected.tail != Int32(slot) {
            let demoted = Int(protected.tail)
            unlink(demoted)
            link(demoted, into: .probation)
        }
    }

    private mutating func evictOne() -> Entry? {
        let victim = probation.tail >= 0 ? probation.tail : protected.tail
        guard victim >= 0, let entry = remove(slot: Int(victim)) else { return nil }
        evictions += 1
        recentlyEvicted.insert(entry.hash)
        return entry
    }

    private mutating func remove(slot: Int) -> Entry? {
        guard let entry = slots[slot].entry else { return nil }
        unlink(slot)
        index.remove(entry.hash, slot: slot)
        slots[slot] = Slot()
        free.append(Int32(slot))
        return entry
    }

    private func segment(_ segment: Segment) -> List {
        segment == .probation ? probation : protected
    }

    private mutating func update(_ segment: Segment, _ change: (inout List) -> Void) {
        switch segment {
        case .probation: change(&probation)
        case .protected: change(&protected)
        }
    }

    private mutating func link(_ slot: Int, into segment: Segment) {
        let head = self.segment(segment).head
        slots[slot].segment = segment
        slots[slot].previous = -1
        slots[slot].next = head
        if head >= 0 { slots[Int(head)].previous = Int32(slot) }
        let cost = slots[slot].cost
        update(segment) {
            $0.head = Int32(slot)
            if $0.tail < 0 { $0.tail = Int32(slot) }
            $0.bytes += cost
        }
    }

    private mutating func unlink(_ slot: Int) {
        let (previous, next, cost) = (slots[slot].previous, slots[slot].next, slots[slot].cost)
        if previous >= 0 { slots[Int(previous)].next = next }
        if next >= 0 { slots[Int(next)].previous = previous }
        update(slots[slot].segment) {
            if $0.head == Int32(slot) { $0.head = next }
            if $0.tail == Int32(slot) { $0.tail = previous }
            $0.bytes -= cost
        }
    }
}

extension CacheKey {
    @inline(__always)
    func matches(_ other: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBytes { own in
            own.count == other.count && own.elementsEqualFast(other)
        }
    }
}
