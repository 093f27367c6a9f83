/// Who has confirmed which message. Acknowledgements may overtake the answer that tells how many to expect, because they
/// come by another connection.
struct AckCollector<Waiter> {
    /// Messages waited for at once; beyond, nobody waits.
    static var maximumWaiting: Int { 1_024 }

    struct Finished {
        let waiter: Waiter
        let receivers: Int
        let acknowledged: Int
    }

    private struct Waiting {
        let waiter: Waiter
        var nodes: Set<UInt64> = []
        var expected: Int?
    }

    private var waiting: [UInt64: Waiting] = [:]

    var count: Int { waiting.count }

    /// Before publishing. False when too many are waiting already.
    mutating func open(_ id: UInt64, _ waiter: Waiter) -> Bool {
        guard waiting.count < Self.maximumWaiting else { return false }
        waiting[id] = Waiting(waiter: waiter)
        return true
    }

    mutating func published(_ id: UInt64, receivers: Int) -> Finished? {
        waiting[id]?.expected = receivers
        return finishIfComplete(id)
    }

    mutating func acknowledged(_ id: UInt64, by node: UInt64) -> Finished? {
        guard waiting[id] != nil else { return nil }
        waiting[id]?.nodes.insert(node)
        return finishIfComplete(id)
    }

    /// The deadline has passed: whoever is missing is presumed lost.
    mutating func expire(_ id: UInt64) -> Finished? {
        guard let entry = waiting.removeValue(forKey: id) else { return nil }
        return Finished(waiter: entry.waiter, receivers: entry.expected ?? 0, acknowledged: entry.nodes.count)
    }

    /// Everyone who waits, when nothing will come any more.
    mutating func drain() -> [Finished] {
        waiting.keys.sorted().compactMap { expire($0) }
    }

    private mutating func finishIfComplete(_ id: UInt64) -> Finished? {
        guard let entry = waiting[id], let expected = entry.expected, entry.nodes.count >= expected else { return nil }
        return expire(id)
    }
}
