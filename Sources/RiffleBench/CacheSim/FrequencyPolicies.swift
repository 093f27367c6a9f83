/// W-TinyLFU (Einziger et al., TOS 2017): a window of a hundredth, an SLRU behind it, and entry into that only for who was
/// asked for more often than the victim. Counts are exact here, aged by halving, and so flatter the policy a little.
struct WTinyLFUPolicy: SimPolicy {
    private enum Place { case out, window, probation, protected }

    private var links: KeyList.Links
    private var window = KeyList()
    private var probation = KeyList()
    private var protected = KeyList()
    private var place: [Place]
    private var counts: [UInt8]
    private var sinceAging = 0
    private let limit: Int
    private let windowLimit: Int

    init(keys: Int, limit: Int) {
        links = .init(keys: keys)
        place = Array(repeating: .out, count: keys)
        counts = Array(repeating: 0, count: keys)
        self.limit = limit
        windowLimit = max(1, limit / 100)
    }

    mutating func access(_ key: Int, bytes: Int, cost: Double) -> Bool {
        count(key)
        switch place[key] {
        case .window:
            window.remove(key, &links)
            window.pushFront(key, &links)
            return true
        case .probation:
            probation.remove(key, &links)
            protected.pushFront(key, &links)
            place[key] = .protected
            while protected.bytes > (limit - windowLimit) / 5 * 4, let demoted = protected.popBack(&links) {
                probation.pushFront(demoted, &links)
                place[demoted] = .probation
            }
            return true
        case .protected:
            protected.remove(key, &links)
            protected.pushFront(key, &links)
            return true
        case .out:
            guard bytes <= limit - windowLimit else { return false }
            links.bytes[key] = bytes
            window.pushFront(key, &links)
            place[key] = .window
            while window.bytes > windowLimit, let candidate = window.popBack(&links) { admit(candidate) }
            return false
        }
    }

    private mutating func count(_ key: Int) {
        counts[key] = min(15, counts[key] + 1)
        sinceAging += 1
        guard sinceAging >= counts.count * 10 else { return }
        sinceAging = 0
        for index in counts.indices { counts[index] /= 2 }
    }

    private mutating func admit(_ candidate: Int) {
        let bytes = links.bytes[candidate]
        while probation.bytes + protected.bytes + bytes > limit - windowLimit {
            let victim = probation.isEmpty ? protected.tail : probation.tail
            guard victim >= 0 else { break }
            guard counts[candidate] > counts[victim] else {
                place[candidate] = .out
                return
            }
            if probation.isEmpty { protected.remove(victim, &links) } else { probation.remove(victim, &links) }
            place[victim] = .out
        }
        probation.pushFront(candidate, &links)
        place[candidate] = .probation
    }
}

/// GreedyDual-Size-Frequency (Cherkasova 1998) with the cost of a miss: frequency × cost ÷ bytes, on an inflating clock.
struct GDSFPolicy: SimPolicy {
    private struct Rank: Comparable {
        var worth: Double
        var key: Int
        static func < (left: Rank, right: Rank) -> Bool { left.worth < right.worth }
    }

    private var held: [Bool]
    private var worth: [Double]
    private var uses: [Double]
    private var sizes: [Int]
    /// Ranks as they were when written; one that no longer agrees with ``worth`` is skipped.
    private var heap: [Rank] = []
    private var clock = 0.0
    private var bytesHeld = 0
    private let limit: Int

    init(keys: Int, limit: Int) {
        held = Array(repeating: false, count: keys)
        worth = Array(repeating: 0, count: keys)
        uses = worth
        sizes = Array(repeating: 0, count: keys)
        self.limit = limit
    }

    mutating func access(_ key: Int, bytes: Int, cost: Double) -> Bool {
        let hit = held[key]
        if !hit {
            guard bytes <= limit else { return false }
            while bytesHeld + bytes > limit, evict() {}
            held[key] = true
            uses[key] = 0
            sizes[key] = bytes
            bytesHeld += bytes
        }
        uses[key] += 1
        worth[key] = clock + uses[key] * cost / Double(bytes)
        push(Rank(worth: worth[key], key: key))
        return hit
    }

    private mutating func evict() -> Bool {
        while let least = pop() {
            guard held[least.key], worth[least.key] == least.worth else { continue }
            held[least.key] = false
            bytesHeld -= sizes[least.key]
            clock = least.worth
            return true
        }
        return false
    }

    private mutating func push(_ rank: Rank) {
        heap.append(rank)
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func pop() -> Rank? {
        guard let least = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return least }
        heap[0] = last
        var index = 0
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child] < heap[smallest] {
                smallest = child
            }
            guard smallest != index else { return least }
            heap.swapAt(index, smallest)
            index = smallest
        }
    }
}
