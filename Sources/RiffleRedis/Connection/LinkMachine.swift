import NIOCore

/// The life of one connection that is made again whenever it is lost. Each attempt has a number, so that what an older
/// one still reports is ignored.
struct LinkMachine: Equatable {
    enum State: Equatable {
        case stopped
        case waiting
        case connecting
        /// Connected; credentials, database and a first PING are on their way.
        case greeting
        case up
    }

    enum Action: Equatable {
        case none
        case connect(attempt: Int)
        case greet
        case announceUp
        case close
        /// Close what is there, fail what is pending, and try again later. `wasUp` tells a loss from a failed attempt.
        case retry(after: TimeAmount, wasUp: Bool)
    }

    private(set) var state = State.stopped
    private(set) var attempt = 0
    private var backoff = Backoff()

    mutating func start() -> Action {
        guard state == .stopped else { return .none }
        return connect()
    }

    mutating func retryDue() -> Action {
        guard state == .waiting else { return .none }
        return connect()
    }

    mutating func connected(attempt: Int) -> Action {
        guard attempt == self.attempt, state == .connecting else { return .close }
        state = .greeting
        return .greet
    }

    mutating func greeted(attempt: Int) -> Action {
        guard attempt == self.attempt, state == .greeting else { return .none }
        state = .up
        backoff.succeeded()
        return .announceUp
    }

    /// The connection was refused, broke, timed out, or said what it must not.
    mutating func failed(attempt: Int, scatter: Double) -> Action {
        guard attempt == self.attempt else { return .none }
        switch state {
        case .stopped, .waiting:
            return .none
        case .connecting, .greeting, .up:
            let wasUp = state == .up
            state = .waiting
            return .retry(after: backoff.next(scatter: scatter), wasUp: wasUp)
        }
    }

    mutating func stop() -> Action {
        guard state != .stopped else { return .none }
        state = .stopped
        return .close
    }

    private mutating func connect() -> Action {
        attempt += 1
        state = .connecting
        return .connect(attempt: attempt)
    }
}
