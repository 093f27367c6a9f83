/// Folders waiting to be prefetched, the likeliest first; bounded, each name once, each with a moment after which it is
/// pointless.
///
/// `Job` is whatever the owner needs to make the request (credential, form); `Name` says which entry it would fill.
package struct PrefetchQueue<Name: Hashable & Sendable, Job: Sendable>: Sendable {
    package struct Item: Sendable {
        package var name: Name
        package var probability: Double
        /// Monotonic milliseconds.
        package var deadline: Int64
        package var job: Job

        package init(name: Name, probability: Double, deadline: Int64, job: Job) {
            self.name = name
            self.probability = probability
            self.deadline = deadline
            self.job = job
        }
    }

    /// What became of an item offered.
    package enum Offer: Sendable, Equatable {
        case queued
        /// One of that name waits already; it keeps the higher probability and the later deadline.
        case merged
        /// Full of better ones.
        case refused
    }

    package static var defaultCapacity: Int { 256 }

    private let capacity: Int
    /// By probability, the least likely first, so that taking the best is a pop.
    private var items: [Item] = []
    private var names: [Name: Double] = [:]

    package init(capacity: Int = Self.defaultCapacity) {
        self.capacity = max(1, capacity)
    }

    package var count: Int { items.count }
    package var isEmpty: Bool { items.isEmpty }

    /// Adds an item; when full, the least likely gives way. O(capacity) moves, O(log capacity) comparisons.
    package mutating func offer(_ item: Item) -> Offer {
        if let waiting = names[item.name] {
            guard let index = index(of: item.name, probability: waiting) else { return .refused }
            var merged = items[index]
            merged.deadline = max(merged.deadline, item.deadline)
            merged.probability = max(merged.probability, item.probability)
            items.remove(at: index)
            place(merged)
            return .merged
        }
        if items.count >= capacity {
            guard let least = items.first, least.probability < item.probability else { return .refused }
            items.removeFirst()
            names[least.name] = nil
        }
        place(item)
        return .queued
    }

    /// The likeliest item that still has time and reaches `least`; those out of time are dropped on the way.
    package mutating func next(at time: Int64, least: Double = 0) -> Item? {
        while let best = items.last {
            guard best.deadline > time else {
                discardLast()
                continue
            }
            guard best.probability >= least else { return nil }
            return discardLast()
        }
        return nil
    }

    /// Somebody asks for it now: it leaves the queue, and the caller fetches it as demand.
    package mutating func promote(_ name: Name) -> Item? {
        guard let probability = names.removeValue(forKey: name),
            let index = index(of: name, probability: probability)
        else { return nil }
        return items.remove(at: index)
    }

    package mutating func removeAll() {
        items.removeAll()
        names.removeAll()
    }

    @discardableResult
    private mutating func discardLast() -> Item? {
        guard let last = items.popLast() else { return nil }
        names[last.name] = nil
        return last
    }

    private mutating func place(_ item: Item) {
        items.insert(item, at: lowerBound(item.probability))
        names[item.name] = item.probability
    }

    /// The first place whose probability is not below.
    private func lowerBound(_ probability: Double) -> Int {
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].probability < probability { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func index(of name: Name, probability: Double) -> Int? {
        items[lowerBound(probability)...].firstIndex { $0.name == name }
    }
}
