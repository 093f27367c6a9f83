import Synchronization

/// Lets at most `limit` requests be served at once; the others wait in the order they came.
///
/// A place is held by a `Pass` and given back when the pass is released, so that a response body that is never
/// written (the client left) cannot leak it.
final class ConcurrencyGate: Sendable {
    /// Beyond this many waiting requests the gate answers 503 rather than queue without end.
    static let longestQueue = 10_000

    final class Pass: Sendable {
        private let gate: ConcurrencyGate
        fileprivate init(_ gate: ConcurrencyGate) { self.gate = gate }
        deinit { gate.leave() }
    }

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// The first of `waiting` that still waits; those before it have gone.
        var head = 0
    }

    private let state: Mutex<State>

    init(limit: Int) {
        state = Mutex(State(free: limit))
    }

    /// Nil when the queue is full.
    func enter() async -> Pass? {
        enum Entry { case now, wait, full }
        let entry: Entry = state.withLock { state in
            if state.free > 0 {
                state.free -= 1
                return .now
            }
            return state.waiting.count - state.head >= Self.longestQueue ? .full : .wait
        }
        switch entry {
        case .now: return Pass(self)
        case .full: return nil
        case .wait:
            await withCheckedContinuation { continuation in
                let now = state.withLock { state in
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append(continuation)
                    return false
                }
                if now { continuation.resume() }
            }
            return Pass(self)
        }
    }

    private func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.head < state.waiting.count else {
                state.free += 1
                return nil
            }
            let next = state.waiting[state.head]
            state.head += 1
            if state.head == state.waiting.count {
                state.waiting.removeAll(keepingCapacity: true)
                state.head = 0
            } else if state.head > Self.longestQueue {
                state.waiting.removeFirst(state.head)
                state.head = 0
            }
            return next
        }
        next?.resume()
    }
}
