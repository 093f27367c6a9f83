/// One independently locked part of the memory tier, bounded in bytes: it keeps what is worth most.
///
/// An entry's worth is how often it was opened × what its miss costs ÷ its bytes, on top of a clock that rises to the
/// worth of what is evicted, so that old fame fades (GreedyDual-Size-Frequency). The victim is the least of a few drawn at
/// random: a hit then only changes two numbers of its slot, and nothing is ever relinked. A newcomer worth clearly less
/// than the victim is refused, by a sketch of how often it was asked for, so a crawler that opens everything once pushes
/// out little. What prefetch brings counts as a fraction of an open until somebody opens it. All operations O(1).
struct Shard {
    /// Slots drawn to find a victim.
    private static let sample = 32
    /// Opens beyond this add no worth.
    private static let mostUses: Float = 64
    /// What a prefetched entry counts until it is opened.
    private static let prefetchedUses: Float = 0.25
    /// The part of the victim's worth a newcomer must reach.
    private static let admission = 0.7
    /// The part of its worth by which a victim opened only once moves the clock.
    private static let unusedRise = 1.0 / 16
    /// Operations per entry after which the sketch halves.
    private static let agingPeriod = 10
    /// Bytes of the limit for each counter of the sketch, which takes a thousandth of the limit by that.
    private static let bytesPerCounter = 512
    private static let counterRange = 1_024...1 << 20

    private struct Slot {
        var entry: Entry
        var worth: Double
        /// Worth of one use: cost of a miss ÷ bytes.
        var gain: Float
        var uses: Float
    }

    private var index = SlotIndex()
    /// Without gaps, so that every draw meets an entry.
    private var slots: [Slot] = []
    private var sketch: FrequencySketch
    private var recentlyEvicted = EvictionMemory()
    private var clock = 0.0
    private var operations = 0
    private var random: UInt64
    let limit: Int
    private(set) var bytes = 0
    private(set) var evictions = 0

    init(limit: Int, seed: UInt64 = .random(in: 1...UInt64.max)) {
        self.limit = limit
        random = seed
        let range = Self.counterRange
        sketch = FrequencySketch(counters: min(max(limit / Self.bytesPerCounter, range.lowerBound), range.upperBound))
    }

    var count: Int { slots.count }

    /// Whether an entry of that hash was pushed out, or refused, not long ago.
    func wasEvicted(_ hash: UInt64) -> Bool { recentlyEvicted.contains(hash) }

    mutating func find(_ hash: UInt64, _ key: UnsafeRawBufferPointer) -> Entry? {
        guard let place = locate(hash, key) else { return nil }
        operations += 1
        let clock = clock
        return slots.withUnsafeMutableBufferPointer { slots in
            let uses = min(Self.mostUses, slots[place].uses + 1)
            slots[place].uses = uses
            slots[place].worth = clock + Double(uses * slots[place].gain)
            return slots[place].entry
        }
    }

    /// The entry without moving it up.
    func peek(_ hash: UInt64, _ key: UnsafeRawBufferPointer) -> Entry? {
        locate(hash, key).flatMap { slots[$0].entry }
    }

    /// Stores `entry` in place of one with the same key. Refused are an entry over the whole shard, and one worth clearly
    /// less than what it would push out.
    mutating func insert(_ entry: Entry) -> (stored: Bool, displaced: [Entry]) {
        var displaced: [Entry] = []
        var uses: Float = 0
        if let old = entry.key.bytes.withUnsafeBytes({ locate(entry.hash, $0) }) {
            uses = slots[old].uses
            displaced.append(remove(place: old))
        }
        let cost = entry.cost
        guard cost <= limit else { return (false, displaced) }
        uses = max(uses, countArrival(of: entry))
        let gain = entry.missCost / Float(cost)
        while bytes + cost > limit, let victim = leastOfSample() {
            let least = slots[victim].worth - clock
            guard Double(uses * gain) >= least * Self.admission else {
                recentlyEvicted.insert(entry.hash)
                return (false, displaced)
            }
            displaced.append(evict(victim))
        }
        index.insert(entry.hash, slot: slots.count)
        slots.append(Slot(entry: entry, worth: clock + Double(uses * gain), gain: gain, uses: uses))
        bytes += cost
        return (true, displaced)
    }

    /// Removes exactly this object, not a successor under the same key.
    mutating func remove(_ entry: Entry) -> Bool {
        guard let place = entry.key.bytes.withUnsafeBytes({ locate(entry.hash, $0) }), slots[place].entry === entry
        else { return false }
        _ = remove(place: place)
        return true
    }

    mutating func removeAll() {
        let evictions = evictions
        self = Shard(limit: limit)
        self.evictions = evictions
    }

    /// Calls `body` for every entry; for inspection only.
    func forEach(_ body: (Entry) -> Void) {
        for slot in slots { body(slot.entry) }
    }

    private func locate(_ hash: UInt64, _ key: UnsafeRawBufferPointer) -> Int? {
        index.find(hash) { slots[$0].entry.key.matches(key) }
    }

    /// How often the newcomer was asked for lately, this time included.
    private mutating func countArrival(of entry: Entry) -> Float {
        operations += 1
        if operations > Self.agingPeriod * max(slots.count, 16) {
            operations = 0
            sketch.halve()
        }
        guard !entry.prefetched else { return Self.prefetchedUses }
        sketch.increment(entry.hash)
        return Float(sketch.estimate(entry.hash))
    }

    private mutating func leastOfSample() -> Int? {
        guard var least = slots.indices.first else { return nil }
        var worth = Double.infinity
        for _ in 0..<Self.sample {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            // The high product maps evenly without a division.
            let place = Int(truncatingIfNeeded: random.multipliedFullWidth(by: UInt64(slots.count)).high)
            if slots[place].worth < worth {
                least = place
                worth = slots[place].worth
            }
        }
        return least
    }

    private mutating func evict(_ place: Int) -> Entry {
        let rise = max(0, slots[place].worth - clock)
        // What nobody came back for says little about the present: a crawler must not age everything else.
        clock += slots[place].uses < 2 ? rise * Self.unusedRise : rise
        sketch.raise(slots[place].entry.hash, to: Int(slots[place].uses))
        let entry = remove(place: place)
        evictions += 1
        recentlyEvicted.insert(entry.hash)
        return entry
    }

    private mutating func remove(place: Int) -> Entry {
        let entry = slots[place].entry
        index.remove(entry.hash, slot: place)
        let last = slots.removeLast()
        if place < slots.count {
            index.move(last.entry.hash, from: slots.count, to: place)
            slots[place] = last
        }
        bytes -= entry.cost
        return entry
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
