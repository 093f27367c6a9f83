import Synchronization

/// Whether calls may go to Redis at all; one for a whole riffle, read by every call as one atomic load.
///
/// It opens on any timeout or loss and closes when a probe that was sent after the last failure is answered. The state
/// is one number: even is closed, odd is open; a failure while open makes a new odd number, which voids probes in flight.
struct BreakerState: Equatable, Sendable {
    private(set) var number: UInt64

    init(number: UInt64 = 1) { self.number = number }

    var isOpen: Bool { number & 1 == 1 }

    /// The state after a failure.
    var failed: BreakerState { BreakerState(number: number &+ (isOpen ? 2 : 1)) }

    /// The state after a probe that began in this state was answered.
    var proved: BreakerState { isOpen ? BreakerState(number: number &+ 1) : self }
}

/// The state shared by all event loops. It starts open: nothing is known of the server yet.
final class Breaker: Sendable {
    private let number = Atomic<UInt64>(BreakerState().number)

    var state: BreakerState { BreakerState(number: number.load(ordering: .acquiring)) }

    var isOpen: Bool { state.isOpen }

    /// - Returns: whether it was closed until now.
    @discardableResult
    func fail() -> Bool {
        while true {
            let old = state
            let swap = number.compareExchange(
                expected: old.number, desired: old.failed.number, ordering: .acquiringAndReleasing)
            if swap.exchanged { return !old.isOpen }
        }
    }

    /// Closes the breaker unless something failed since `probed` was read.
    @discardableResult
    func prove(_ probed: BreakerState) -> Bool {
        number.compareExchange(
            expected: probed.number, desired: probed.proved.number, ordering: .acquiringAndReleasing
        ).exchanged
    }
}
