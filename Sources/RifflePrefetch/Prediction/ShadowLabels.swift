/// Every scored candidate, fetched or not, until it is known whether it was opened within a listing's lifetime.
///
/// Bounded: while it is full no further candidates are taken, which samples visits instead of favouring quick answers.
struct ShadowLabels: Sendable {
    struct Pending: Sendable {
        var name: UInt64
        var scoredAt: Int64
        var features: Features
    }

    private var ring: [Pending?]
    private var first = 0
    private var count = 0
    private let lifetime: Int64

    init(capacity: Int, lifetime: Int64) {
        ring = Array(repeating: nil, count: max(1, capacity))
        self.lifetime = lifetime
    }

    var isFull: Bool { count == ring.count }

    mutating func add(_ pending: Pending) {
        guard !isFull else { return }
        ring[(first + count) % ring.count] = pending
        count += 1
    }

    /// The oldest candidate whose time is over at `time`.
    mutating func due(at time: Int64) -> Pending? {
        guard count > 0, let oldest = ring[first], oldest.scoredAt + lifetime <= time else { return nil }
        ring[first] = nil
        first = (first + 1) % ring.count
        count -= 1
        return oldest
    }
}
