import Synchronization

/// What changed through the service, in order: what delta queries and subscriptions read. Bounded: who asks for what is
/// forgotten must begin anew.
final class GraphLog: Sendable {
    struct Change: Sendable {
        let id: String
        let place: ResourcePath
        let isDeleted: Bool
    }

    static let maximum = 20_000

    private struct State {
        var changes: [Change] = []
        var first = 1
    }

    private let state = Mutex(State())
    /// Told after each change.
    private let listeners = Mutex<[@Sendable () -> Void]>([])

    /// The number that the next change will have.
    var next: Int { state.withLock { $0.first + $0.changes.count } }

    func note(_ changes: [Change]) {
        state.withLock { state in
            state.changes += changes
            guard state.changes.count > Self.maximum else { return }
            let excess = state.changes.count - Self.maximum / 2
            state.changes.removeFirst(excess)
            state.first += excess
        }
        for listener in listeners.withLock({ $0 }) { listener() }
    }

    /// The changes from that number on; nil when some of them are forgotten, or none can have it.
    func since(_ number: Int) -> [Change]? {
        state.withLock { state in
            guard number >= state.first, number <= state.first + state.changes.count else { return nil }
            return Array(state.changes[(number - state.first)...])
        }
    }

    func onChange(_ listener: @escaping @Sendable () -> Void) {
        listeners.withLock { $0.append(listener) }
    }
}
