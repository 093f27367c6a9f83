/// Which streams a connection has had (RFC 9113 §5.1), for frames on those that have no state any more.
package struct StreamLedger: Sendable {
    package enum Standing: Sendable, Equatable {
        /// Not used yet.
        case idle
        /// Ended by this side while the peer may not have known: what it sent meanwhile is ignored.
        case givenUp
        /// Over on both sides: the peer knows.
        case closed
    }

    /// Streams remembered as given up; more than can be open at once.
    private static let remembered = 256

    /// The highest stream the peer has opened.
    package private(set) var last: StreamID = 0
    private var givenUp: [StreamID] = []
    private var oldest = 0

    package init() {}

    /// A stream that was ``Standing/idle`` is opened by the peer.
    ///
    /// - Returns: false when it may not open one of that number (§5.1.1).
    package mutating func open(_ stream: StreamID) -> Bool {
        guard stream & 1 == 1, stream > last else { return false }
        last = stream
        return true
    }

    /// Of a stream that is not open.
    package func standing(of stream: StreamID) -> Standing {
        if stream > last { return .idle }
        return givenUp.contains(stream) ? .givenUp : .closed
    }

    package mutating func giveUp(_ stream: StreamID) {
        if givenUp.count < Self.remembered {
            givenUp.append(stream)
        } else {
            givenUp[oldest] = stream
            oldest = (oldest + 1) % Self.remembered
        }
    }
}
