/// One independently locked part of the memory tier, bounded in bytes: it keeps what is worth most.
///
/// An entry's worth is how often it was opened × what its miss costs ÷ its bytes, on top of a clock that rises to the
/// worth of what is evicted, so that old fame fades (GreedyDual-Size-Frequency). The victim is the least of some drawn at
/// random and of the least of earlier draws: a hit then only changes three fields of its slot, and nothing is ever relinked.
/// A newcomer must be worth most of what all its victims together are worth, by a sketch of how often it was asked for; a
/// refused one moves nobody, so a large listing neither dies of one strong neighbour nor sweeps the small ones away in vain.
/// Each refusal lets a little time pass, or a full house of old fame would refuse for ever. What was asked for only once
/// never moves the clock by leaving: a crawler that opens everything once pushes out little. What prefetch brings counts as
/// a fraction of an open until somebody opens it, and its refusal moves nothing. All operations O(1), eviction by the number
/// of victims.
///
/// A tenant over its ceiling gives up only entries of its own; nobody's newcomer takes from another what lies below that
/// one's floor, and what comes within its tenant's floor need not be worth more than what it pushes out.
struct Shard {
    /// Opens beyond this add no worth.
    private static let mostUses: Float = 64
    /// What a prefetched entry counts until it is opened.
    private static let prefetchedUses: Float = 0.25
    /// The part of its victims' worth a newcomer must reach.
    private static let admission = 0.6
    /// The part of its worth by which a victim moves the clock that was asked for before, yet not while stored.
    private static let returnedRise = 1.0 / 8
    /// The part of the least victim's worth by which a refusal moves the clock.
    private static let refusedRise = 1.0 / 100
    /// Operations per entry after which the sketch halves.
    private static let agingPeriod = 5
    /// Bytes of the limit for each counter of the sketch, which takes a 256th of the limit by that.
    private static let bytesPerCounter = 128
    private static let counterRange = 8_192...1 << 20

    private struct Slot {
        let entry: Entry
        var worth: Double
        var uses: Float
        /// Whether anybody opened it since it came.
        var wasHit: Bool
        /// Whether its large body counts here.
        var pays = true
        let tenant: UInt8

        /// What it holds of the limit.
        var charge: Int { pays ? entry.cost : entry.cost - entry.sharedCost }

        /// Worth of one use.
        var gain: Float { entry.missCost / Float(entry.cost) }
    }

    private var index = SlotIndex()
    /// Without gaps, so that every draw meets an entry.
    private var slots: [Slot] = []
    private var pool: VictimPool
    private var sketch: FrequencySketch
    private var recentlyEvicted = EvictionMemory()
    private var clock = 0.0
    private var operations = 0
    private var rooms: TenantRooms
    private let tenants: TenantAccounts
    let limit: Int
    private(set) var bytes = 0
    /// Bytes that entries here would take beyond ``bytes`` if none shared its body.
    private(set) var saved = 0
    private(set) var evictions = 0

    init(limit: Int, tenants: TenantAccounts = TenantAccounts([]), seed: UInt64 = .random(in: 1...UInt64.max)) {
        self.limit = limit
        self.tenants = tenants
        rooms = TenantRooms(tenants, seed: seed)
        pool = VictimPool(seed: seed)
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
            slots[place].wasHit = true
            slots[place].worth = clock + Double(uses * slots[place].gain)
            return slots[place].entry
        }
    }

    /// The entry without moving it up.
    func peek(_ hash: UInt64, _ key: UnsafeRawBufferPointer) -> Entry? {
        locate(hash, key).flatMap { slots[$0].entry }
    }

    enum Outcome: Error {
        case stored
        /// Larger than the whole shard or than its tenant's ceiling, or worth clearly less than what it would push out.
        case refused
        /// Its tenant's ceiling is reached by entries of other shards.
        case fullElsewhere
    }

    /// Stores `entry` in place of one with the same key.
    mutating func insert(_ entry: Entry, tenant: UInt8 = 0) -> (outcome: Outcome, displaced: [Entry]) {
        var displaced: [Entry] = []
        var predecessor: Slot?
        if let old = entry.withKey({ locate(entry.hash, $0) }) {
            let slot = remove(place: old)
            predecessor = slot
            displaced.append(slot.entry)
        }
        let cost = entry.cost
        guard cost <= limit, cost <= tenants[tenant].tenant.ceiling else { return (.refused, displaced) }
        let uses = max(predecessor?.uses ?? 0, countArrival(of: entry))
        let reserved = entry.charge
        tenants[tenant].add(reserved)
        switch makeRoom(for: entry, tenant, uses: uses) {
        case .failure(let outcome):
            tenants[tenant].add(-reserved)
            if outcome == .refused { recentlyEvicted.insert(entry.hash) }
            return (outcome, displaced)
        case .success(let victims):
            for victim in victims {
                tenants[victim.tenant].add(-victim.charge)
                evicted(victim)
                displaced.append(victim.entry)
            }
        }
        var slot = Slot(entry: entry, worth: clock, uses: uses, wasHit: predecessor?.wasHit ?? false, tenant: tenant)
        slot.worth += Double(uses * slot.gain)
        // Who pays for a shared body may have changed meanwhile.
        tenants[tenant].add(add(slot).charge - reserved)
        return (.stored, displaced)
    }

    /// Pushes out of `tenant` what is worth least until `bytes` more are below its ceiling, or nothing of it is left here.
    mutating func makeRoom(_ bytes: Int, belowCeilingOf tenant: UInt8) -> [Entry] {
        var displaced: [Entry] = []
        while tenants[tenant].bytes + bytes > tenants[tenant].tenant.ceiling {
            let slots = slots
            guard let place = rooms.least(of: tenant, worth: { slots[$0].worth }) else { break }
            displaced.append(evict(place))
        }
        return displaced
    }

    /// Removes exactly this object, not a successor under the same key.
    mutating func remove(_ entry: Entry) -> Bool {
        guard let place = entry.withKey({ locate(entry.hash, $0) }), slots[place].entry === entry
        else { return false }
        _ = remove(place: place)
        return true
    }

    /// The entry pays for its body from now on, because the one that did has left.
    ///
    /// - Returns: what had to go for it.
    mutating func charge(_ entry: Entry) -> [Entry] {
        guard let place = entry.withKey({ locate(entry.hash, $0) }), slots[place].entry === entry else { return [] }
        if !slots[place].pays {
            slots[place].pays = true
            bytes += entry.sharedCost
            saved -= entry.sharedCost
            tenants[slots[place].tenant].add(entry.sharedCost)
        }
        let tenant = slots[place].tenant
        var displaced = makeRoom(0, belowCeilingOf: tenant)
        // The limit is above all floors.
        while bytes > limit, let place = least(for: tenant) ?? anyLeast() { displaced.append(evict(place)) }
        return displaced
    }

    /// - Returns: what was there.
    mutating func removeAll() -> [Entry] {
        let evictions = evictions
        let entries = slots.map(\.entry)
        for slot in slots { tenants[slot.tenant].add(-slot.charge) }
        self = Shard(limit: limit, tenants: tenants)
        self.evictions = evictions
        return entries
    }

    /// Calls `body` for every entry; for inspection only.
    func forEach(_ body: (Entry) -> Void) {
        for slot in slots { body(slot.entry) }
    }

    private func locate(_ hash: UInt64, _ key: UnsafeRawBufferPointer) -> Int? {
        index.find(hash) { slots[$0].entry.matches(key) }
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

    /// Takes out what has to go for `entry`, which its tenant's account has already; on failure everything is back in place.
    private mutating func makeRoom(for entry: Entry, _ tenant: UInt8, uses: Float) -> Result<[Slot], Outcome> {
        let means = Double(uses * entry.missCost)
        let isWithinFloor = tenants[tenant].bytes <= tenants[tenant].tenant.floor
        var victims: [Slot] = []
        var price = 0.0
        defer { rooms.settle() }
        while true {
            let isOverCeiling = !rooms.isEmpty && rooms.isOverCeiling(tenant)
            guard isOverCeiling || bytes + entry.charge > limit else { return .success(victims) }
            guard let place = isOverCeiling ? least(of: tenant) : least(for: tenant) else {
                for victim in victims { add(victim) }
                return .failure(isOverCeiling ? .fullElsewhere : .refused)
            }
            let victim = take(place: place)
            rooms.takeOut(victim.charge, of: victim.tenant)
            victims.append(victim)
            price += max(0, victim.worth - clock) * Double(victim.entry.cost)
            guard isWithinFloor || means >= price * Self.admission else {
                for victim in victims { add(victim) }
                if !entry.prefetched { clock += max(0, victims[0].worth - clock) * Self.refusedRise }
                return .failure(.refused)
            }
        }
    }

    /// What may go for a newcomer of `tenant`.
    private mutating func least(for tenant: UInt8) -> Int? {
        guard !rooms.isEmpty else { return anyLeast() }
        let (slots, rooms) = (slots, rooms)
        let place = pool.least(of: slots.count) {
            rooms.isProtected(slots[$0].tenant) ? .infinity : slots[$0].worth
        }
        guard let place else { return nil }
        if !rooms.isProtected(slots[place].tenant) { return place }
        // None of those drawn may go.
        return least(of: rooms.richest() ?? tenant)
    }

    private mutating func least(of tenant: UInt8) -> Int? {
        let slots = slots
        return rooms.least(of: tenant) { slots[$0].worth }
    }

    private mutating func anyLeast() -> Int? {
        let slots = slots
        return pool.least(of: slots.count) { slots[$0].worth }
    }

    private mutating func evict(_ place: Int) -> Entry {
        let victim = remove(place: place)
        evicted(victim)
        return victim.entry
    }

    /// Lets time pass by what is gone for good.
    private mutating func evicted(_ victim: Slot) {
        let rise = max(0, victim.worth - clock)
        if victim.wasHit {
            clock += rise
        } else if victim.uses >= 2 {
            // What nobody came back for says little about the present, and what was asked for once says nothing.
            clock += rise * Self.returnedRise
        }
        sketch.raise(victim.entry.hash, to: Int(victim.uses))
        evictions += 1
        tenants[victim.tenant].countEviction()
        recentlyEvicted.insert(victim.entry.hash)
    }

    /// - Returns: the slot as it stands.
    @discardableResult
    private mutating func add(_ slot: Slot) -> Slot {
        var slot = slot
        slot.pays = slot.entry.pays
        index.insert(slot.entry.hash, slot: slots.count)
        // Growing by a quarter wastes less than Swift's doubling.
        if slots.count == slots.capacity { slots.reserveCapacity(slots.count + max(16, slots.count / 4)) }
        slots.append(slot)
        count(slot, 1)
        let slots = slots
        pool.offer(slots.count - 1) { slots[$0].worth }
        rooms.append(slot.tenant) { slots[$0].worth }
        return slot
    }

    private mutating func remove(place: Int) -> Slot {
        let slot = take(place: place)
        tenants[slot.tenant].add(-slot.charge)
        return slot
    }

    /// Removes from the shard what its tenant still answers for.
    private mutating func take(place: Int) -> Slot {
        let slot = slots[place]
        index.remove(slot.entry.hash, slot: place)
        let last = slots.removeLast()
        pool.removed(place, last: slots.count)
        rooms.remove(place, of: slot.tenant, lastOf: last.tenant)
        if place < slots.count {
            index.move(last.entry.hash, from: slots.count, to: place)
            slots[place] = last
        }
        count(slot, -1)
        return slot
    }

    private mutating func count(_ slot: Slot, _ sign: Int) {
        let charge = slot.charge
        bytes += sign * charge
        if !slot.pays { saved += sign * (slot.entry.cost - charge) }
    }
}
