/// Who asks: whose credentials a request carries.
package enum UserOrder: Sendable, Equatable {
    /// A connection is a person: all it asks is asked by the same user.
    case connection
    /// Request by request, round and round.
    case roundRobin
    /// Rank r with weight 1/r^s: a few users ask most.
    case zipf(Double)

    package init?(_ text: String) {
        switch text {
        case "connection": self = .connection
        case "round-robin": self = .roundRobin
        default:
            guard text.hasPrefix("zipf"), let exponent = text == "zipf" ? 1 : Double(text.dropFirst(5)),
                (0...10).contains(exponent)
            else { return nil }
            self = .zipf(exponent)
        }
    }
}

/// The state of a ``UserOrder`` in one loop.
struct UserChooser {
    private let order: UserOrder
    private let phase: Int
    private let stride: Int
    private var cursor: Int
    private var random: SeededRandom
    private let ranks: Zipf?

    init(_ order: UserOrder, count: Int, seed: UInt64, phase: Int, stride: Int) {
        self.order = order
        self.phase = phase
        self.stride = stride
        cursor = phase
        random = SeededRandom(seed: ~seed &+ UInt64(phase))
        ranks = if case .zipf(let exponent) = order { Zipf(exponent, count: count, seed: ~seed) } else { nil }
    }

    /// A number to be taken modulo the users there are.
    @inline(__always)
    mutating func next(connection: Int) -> Int {
        switch order {
        case .connection: return connection &* stride &+ phase
        case .roundRobin:
            defer { cursor &+= stride }
            return cursor & .max
        case .zipf: return ranks?.pick(random.unit()) ?? 0
        }
    }
}
