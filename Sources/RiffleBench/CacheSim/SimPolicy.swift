/// A replacement policy for the simulator alone: dense keys, a bound in bytes, one access at a time.
protocol SimPolicy {
    /// - Parameters:
    ///   - keys: how many different keys the trace has.
    ///   - limit: bytes that may be held.
    init(keys: Int, limit: Int)

    /// Whether `key` was held; afterwards it is, unless the policy refused it.
    ///
    /// - Parameter cost: what a miss of this key costs, in any unit.
    mutating func access(_ key: Int, bytes: Int, cost: Double) -> Bool
}

/// A doubly linked list over dense keys; each key is in at most one list built on the same links.
struct KeyList {
    private(set) var head = -1
    private(set) var tail = -1
    private(set) var bytes = 0

    /// The links of all keys, shared by the lists of one policy.
    struct Links {
        var previous: [Int]
        var next: [Int]
        var bytes: [Int]

        init(keys: Int) {
            previous = Array(repeating: -1, count: keys)
            next = previous
            bytes = Array(repeating: 0, count: keys)
        }
    }

    var isEmpty: Bool { head < 0 }

    mutating func pushFront(_ key: Int, _ links: inout Links) {
        links.previous[key] = -1
        links.next[key] = head
        if head >= 0 { links.previous[head] = key } else { tail = key }
        head = key
        bytes += links.bytes[key]
    }

    mutating func remove(_ key: Int, _ links: inout Links) {
        let (before, after) = (links.previous[key], links.next[key])
        if before >= 0 { links.next[before] = after } else { head = after }
        if after >= 0 { links.previous[after] = before } else { tail = before }
        bytes -= links.bytes[key]
    }

    mutating func popBack(_ links: inout Links) -> Int? {
        guard tail >= 0 else { return nil }
        let key = tail
        remove(key, &links)
        return key
    }
}
