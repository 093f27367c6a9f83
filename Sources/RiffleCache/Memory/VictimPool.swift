/// The places of a shard that were worth least when evictions looked, least first: with them the least of a few places drawn
/// at random is nearly the least of all.
///
/// Worths change without its knowing; it puts itself in order whenever it is asked.
struct VictimPool {
    /// Places drawn each time: with half of them a big tier of very unequal listings misses noticeably more.
    private static let draws = 64
    private static let capacity = 16
    private var places: [Int] = []
    private var random: UInt64

    /// - Parameter seed: not zero.
    init(seed: UInt64) {
        random = seed
        places.reserveCapacity(Self.capacity + 1)
    }

    /// The least of a draw from `0..<count` and of what is here. O(draws × capacity) at most; allocates nothing.
    mutating func least(of count: Int, worth: (Int) -> Double) -> Int? {
        guard count > 0 else { return nil }
        for index in places.indices.dropFirst() { settle(index, worth) }
        for _ in 0..<Self.draws {
            let place = draw(count)
            if places.count == Self.capacity, worth(place) >= worth(places[Self.capacity - 1]) { continue }
            if !places.contains(place) { insert(place, worth) }
        }
        return places.first
    }

    /// Considers a newcomer, which is in no pool yet: of a crawler's, each is the next one's victim.
    mutating func offer(_ place: Int, worth: (Int) -> Double) {
        if let last = places.last, worth(place) < worth(last) { insert(place, worth) }
    }

    private mutating func insert(_ place: Int, _ worth: (Int) -> Double) {
        places.append(place)
        settle(places.count - 1, worth)
        if places.count > Self.capacity { places.removeLast() }
    }

    /// Xorshift; the high product maps evenly without a division.
    private mutating func draw(_ count: Int) -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(truncatingIfNeeded: random.multipliedFullWidth(by: UInt64(count)).high)
    }

    /// `place` is no more, and what was in `last` is there now.
    mutating func removed(_ place: Int, last: Int) {
        if let index = places.firstIndex(of: place) { places.remove(at: index) }
        if let index = places.firstIndex(of: last) { places[index] = place }
    }

    /// Moves what stands at `index` down to where it belongs among those before it.
    private mutating func settle(_ index: Int, _ worth: (Int) -> Double) {
        let place = places[index]
        let value = worth(place)
        var index = index
        while index > 0, worth(places[index - 1]) > value {
            places[index] = places[index - 1]
            index -= 1
        }
        places[index] = place
    }
}
