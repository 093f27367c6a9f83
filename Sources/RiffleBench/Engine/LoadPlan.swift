/// All that one run does, as a value.
package struct LoadPlan: Sendable {
    package enum Pace: Sendable {
        /// Each connection sends its next request when its last was answered, after so many nanoseconds of thought.
        case closed(think: UInt64)
        /// Requests are due whether or not earlier ones were answered.
        case open([Schedule.Stage])
        case replay([UInt64])
    }

    package static let maxConnections = 20_000
    package static let maxThreads = 64
    package static let maxStreams = HTTP2Link.maxSeats

    package var address: SocketAddress
    package var requests: RequestSet
    package var workload: Workload
    package var pace: Pace
    package var connections = 16
    /// HTTP/2: how many requests a connection carries at once.
    package var streams = 1
    package var users = UserOrder.connection
    package var threads = 1
    package var warmup: UInt64 = 0
    package var duration: UInt64 = 10 * Nanoseconds.perSecond
    package var timeout: UInt64 = 10 * Nanoseconds.perSecond
    /// Ends after so many answers where that comes before the duration; 0 for no limit.
    package var limit: UInt64 = 0
    package var seed: UInt64 = 1
    /// Nil for plain connections.
    package var tls: TLSContext?

    package init(address: SocketAddress, requests: RequestSet, workload: Workload, pace: Pace) {
        self.address = address
        self.requests = requests
        self.workload = workload
        self.pace = pace
    }

    var seats: Int { requests.version == .http2 ? min(max(streams, 1), Self.maxStreams) : 1 }

    package var isOpen: Bool { if case .closed = pace { false } else { true } }

    /// When requests of loop `phase` are due: the warm-up is the first stage's rate, before the measured stages.
    func schedule(phase: Int) -> Schedule? {
        switch pace {
        case .closed: return nil
        case .replay(let times): return Schedule(times: times, phase: phase, stride: threads)
        case .open(var stages):
            if warmup > 0, let first = stages.first {
                stages.insert(Schedule.Stage(rate: first.rate, nanoseconds: warmup), at: 0)
            }
            return Schedule(stages: stages, phase: phase, stride: threads)
        }
    }
}
