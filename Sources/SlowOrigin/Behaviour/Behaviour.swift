import Synchronization

/// The latency and faults in force, which `/-/latency` and `/-/faults` change while the server runs.
final class Behaviour: Sendable {
    /// What happens to one request.
    struct Fate: Sendable {
        var delay: Duration = .zero
        var fault: Faults.Fault?
    }

    private struct State {
        var chance: Chance
        var latency: Latency
        var latencyOnEverything: Bool
        var faults: Faults
    }

    private let state: Mutex<State>

    init(latency: Latency, onEverything: Bool, faults: Faults, seed: UInt64) {
        state = Mutex(
            State(
                chance: Chance(seed: seed), latency: latency, latencyOnEverything: onEverything, faults: faults))
    }

    /// Draws the fate of the next request; the same seed and order of requests give the same fates.
    func fate(isListing: Bool) -> Fate {
        state.withLock { state in
            let delay = state.latency.draw(&state.chance)
            let fault = state.faults.draw(&state.chance)
            return Fate(
                delay: isListing || state.latencyOnEverything ? delay : .zero,
                fault: isListing || state.faults.onEverything ? fault : nil)
        }
    }

    var latency: Latency {
        get { state.withLock { $0.latency } }
        set { state.withLock { $0.latency = newValue } }
    }

    var faults: Faults {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }
}
