/// Which request each connection sends next, by number in the `RequestSet`.
package enum Workload: Sendable {
    /// One after the other, round and round.
    case list
    case uniform
    /// Rank r with weight 1/r^s: few folders take most opens.
    case zipf(Double)
    /// People walking a tree.
    case browse(Tree)
    /// The n-th planned request sends `order[n]`.
    case replay([Int])
}

/// The state of a workload in one loop; a connection is a session.
package struct Chooser: Sendable {
    private let workload: Workload
    private let count: Int
    private var random: SeededRandom
    private var cursor: Int
    private let stride: Int
    private var ranks: Zipf?
    private var walkers: [Walker] = []

    package init(_ workload: Workload, count: Int, sessions: Int, seed: UInt64, phase: Int = 0, stride: Int = 1) {
        self.workload = workload
        self.count = max(count, 1)
        self.stride = max(stride, 1)
        random = SeededRandom(seed: seed &+ UInt64(phase) &* 0x9E37_79B9)
        cursor = phase
        switch workload {
        case .zipf(let exponent): ranks = Zipf(exponent, count: self.count, seed: seed)
        case .browse:
            walkers = (0..<max(sessions, 1)).map { Walker(seed: random.next() &+ UInt64($0)) }
        case .list, .uniform, .replay: break
        }
    }

    package mutating func next(session: Int, planned: Int) -> Int {
        switch workload {
        case .list:
            defer { cursor = (cursor + stride) % count }
            return cursor % count
        case .uniform: return Int(random.next() % UInt64(count))
        case .zipf: return ranks?.pick(random.unit()) ?? 0
        case .browse(let tree): return walkers[session % walkers.count].step(tree)
        case .replay(let order): return order.isEmpty ? 0 : order[planned % order.count]
        }
    }
}
