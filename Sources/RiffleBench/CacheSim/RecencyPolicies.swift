/// Least recently used.
struct LRUPolicy: SimPolicy {
    private var links: KeyList.Links
    private var list = KeyList()
    private var held: [Bool]
    private let limit: Int

    init(keys: Int, limit: Int) {
        links = .init(keys: keys)
        held = Array(repeating: false, count: keys)
        self.limit = limit
    }

    mutating func access(_ key: Int, bytes: Int, cost: Double) -> Bool {
        if held[key] {
            list.remove(key, &links)
            list.pushFront(key, &links)
            return true
        }
        guard bytes <= limit else { return false }
        while list.bytes + bytes > limit, let victim = list.popBack(&links) { held[victim] = false }
        links.bytes[key] = bytes
        held[key] = true
        list.pushFront(key, &links)
        return false
    }
}

/// Segmented LRU: a hit protects, up to four fifths of the bytes.
struct SLRUPolicy: SimPolicy {
    private enum Place { case out, probation, protected }

    private var links: KeyList.Links
    private var probation = KeyList()
    private var protected = KeyList()
    private var place: [Place]
    private let limit: Int

    init(keys: Int, limit: Int) {
        links = .init(keys: keys)
        place = Array(repeating: .out, count: keys)
        self.limit = limit
    }

    mutating func access(_ key: Int, bytes: Int, cost: Double) -> Bool {
        switch place[key] {
        case .protected:
            protected.remove(key, &links)
            protected.pushFront(key, &links)
            return true
        case .probation:
            probation.remove(key, &links)
            protected.pushFront(key, &links)
            place[key] = .protected
            while protected.bytes > limit / 5 * 4, let demoted = protected.popBack(&links) {
                probation.pushFront(demoted, &links)
                place[demoted] = .probation
            }
            return true
        case .out:
            guard bytes <= limit else { return false }
            while probation.bytes + protected.bytes + bytes > limit {
                guard let victim = probation.popBack(&links) ?? protected.popBack(&links) else { break }
                place[victim] = .out
            }
            links.bytes[key] = bytes
            probation.pushFront(key, &links)
            place[key] = .probation
            return false
        }
    }
}

/// SIEVE (Zhang et al., NSDI 2024): one queue, one bit, a hand that moves from old to new.
struct SievePolicy: SimPolicy {
    private var links: KeyList.Links
    private var list = KeyList()
    private var held: [Bool]
    private var visited: [Bool]
    private var hand = -1
    private let limit: Int

    init(keys: Int, limit: Int) {
        links = .init(keys: keys)
        held = Array(repeating: false, count: keys)
        visited = held
        self.limit = limit
    }

    mutating func access(_ key: Int, bytes: Int, cost: Double) -> Bool {
        if held[key] {
            visited[key] = true
            return true
        }
        guard bytes <= limit else { return false }
        while list.bytes + bytes > limit, !list.isEmpty { evict() }
        links.bytes[key] = bytes
        held[key] = true
        visited[key] = false
        list.pushFront(key, &links)
        return false
    }

    private mutating func evict() {
        if hand < 0 { hand = list.tail }
        while visited[hand] {
            visited[hand] = false
            hand = links.previous[hand] >= 0 ? links.previous[hand] : list.tail
        }
        let victim = hand
        hand = links.previous[victim]
        list.remove(victim, &links)
        held[victim] = false
    }
}

/// S3-FIFO (Yang et al., SOSP 2023): a small queue of a tenth, a main queue, a ghost of what the small one let go.
struct S3FIFOPolicy: SimPolicy {
    private enum Place { case out, ghost, small, main }

    private var links: KeyList.Links
    private var small = KeyList()
    private var main = KeyList()
    private var ghost = KeyList()
    private var place: [Place]
    private var uses: [UInt8]
    private let limit: Int

    init(keys: Int, limit: Int) {
        links = .init(keys: keys)
        place = Array(repeating: .out, count: keys)
        uses = Array(repeating: 0, count: keys)
        self.limit = limit
    }

    mutating func access(_ key: Int, bytes: Int, cost: Double) -> Bool {
        if place[key] == .small || place[key] == .main {
            uses[key] = min(3, uses[key] + 1)
            return true
        }
        guard bytes <= limit else { return false }
        let remembered = place[key] == .ghost
        if remembered { ghost.remove(key, &links) }
        place[key] = .out
        while small.bytes + main.bytes + bytes > limit, !(small.isEmpty && main.isEmpty) {
            if small.bytes > limit / 10 || main.isEmpty { evictSmall() } else { evictMain() }
        }
        links.bytes[key] = bytes
        uses[key] = 0
        if remembered { main.pushFront(key, &links) } else { small.pushFront(key, &links) }
        place[key] = remembered ? .main : .small
        return false
    }

    private mutating func evictSmall() {
        while let key = small.popBack(&links) {
            if uses[key] > 1 {
                uses[key] = 0
                main.pushFront(key, &links)
                place[key] = .main
                continue
            }
            ghost.pushFront(key, &links)
            place[key] = .ghost
            while ghost.bytes > limit / 10 * 9, let forgotten = ghost.popBack(&links) { place[forgotten] = .out }
            return
        }
    }

    private mutating func evictMain() {
        while let key = main.popBack(&links) {
            if uses[key] > 0 {
                uses[key] -= 1
                main.pushFront(key, &links)
                continue
            }
            place[key] = .out
            return
        }
    }
}

/// ARC (Megiddo and Modha, FAST 2003) with bytes in the place of pages.
struct ARCPolicy: SimPolicy {
    private enum Place { case out, recent, frequent, recentGhost, frequentGhost }

    private var links: KeyList.Links
    private var recent = KeyList()
    private var frequent = KeyList()
    private var recentGhost = KeyList()
    private var frequentGhost = KeyList()
    private var place: [Place]
    private var target = 0
    private let limit: Int

    init(keys: Int, limit: Int) {
        links = .init(keys: keys)
        place = Array(repeating: .out, count: keys)
        self.limit = limit
    }

    mutating func access(_ key: Int, bytes: Int, cost: Double) -> Bool {
        switch place[key] {
        case .recent:
            recent.remove(key, &links)
            frequent.pushFront(key, &links)
            place[key] = .frequent
            return true
        case .frequent:
            frequent.remove(key, &links)
            frequent.pushFront(key, &links)
            return true
        case .recentGhost:
            target = min(limit, target + bytes * max(1, frequentGhost.bytes / max(1, recentGhost.bytes)))
            recentGhost.remove(key, &links)
            makeRoom(bytes, wasFrequentGhost: false)
            store(key, bytes, frequent: true)
        case .frequentGhost:
            target = max(0, target - bytes * max(1, recentGhost.bytes / max(1, frequentGhost.bytes)))
            frequentGhost.remove(key, &links)
            makeRoom(bytes, wasFrequentGhost: true)
            store(key, bytes, frequent: true)
        case .out:
            guard bytes <= limit else { return false }
            makeRoom(bytes, wasFrequentGhost: false)
            store(key, bytes, frequent: false)
        }
        return false
    }

    private mutating func store(_ key: Int, _ bytes: Int, frequent isFrequent: Bool) {
        links.bytes[key] = bytes
        if isFrequent { frequent.pushFront(key, &links) } else { recent.pushFront(key, &links) }
        place[key] = isFrequent ? .frequent : .recent
    }

    private mutating func makeRoom(_ bytes: Int, wasFrequentGhost: Bool) {
        while recent.bytes + frequent.bytes + bytes > limit {
            let takeRecent = recent.bytes > target || (wasFrequentGhost && recent.bytes == target) || frequent.isEmpty
            if takeRecent, let key = recent.popBack(&links) {
                recentGhost.pushFront(key, &links)
                place[key] = .recentGhost
            } else if let key = frequent.popBack(&links) {
                frequentGhost.pushFront(key, &links)
                place[key] = .frequentGhost
            } else {
                break
            }
        }
        while recent.bytes + recentGhost.bytes > limit, let key = recentGhost.popBack(&links) { place[key] = .out }
        while recentGhost.bytes + frequentGhost.bytes > limit, let key = frequentGhost.popBack(&links) {
            place[key] = .out
        }
    }
}
