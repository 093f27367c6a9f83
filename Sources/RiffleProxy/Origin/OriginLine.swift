import NIOCore
import NIOHTTP1

/// The life of one HTTP/1 connection to the origin, as far as it decides whether the connection may carry another
/// request. Pure: no I/O and no clock.
///
/// The end of an answer is held back until all is known that was read along with it. Bytes behind an answer belong to no
/// request, and the connection is given up with them: the next request's answer they must never be (RFC 9112 §6.3, §9.2).
struct OriginLine {
    /// A request came to a connection that carries no more; not a byte of it was sent.
    struct Spent: Error {}

    /// An answer's end that may go on now.
    struct Ending: Equatable {
        let trailers: HTTPHeaders?
        /// The connection is to be closed behind it.
        let isLast: Bool
        /// How long the connection may wait for its next request, where the origin says less than riffle would wait.
        let patience: TimeAmount?
    }

    private enum State: Equatable {
        case free
        case busy
        case ended(HTTPHeaders?, hasSurplus: Bool)
        case spent
    }

    /// The last second of what an origin promises is not to be trusted: a request takes its way, too.
    private static let margin = 1

    /// Seconds riffle itself keeps a connection.
    private let idleTimeout: Int
    private var state = State.free
    /// Seconds the origin keeps the connection.
    private var lifetime: Int?
    /// Requests that went out.
    private(set) var requests = 0
    /// An answer may come before its request is wholly sent.
    private var isSending = false

    init(idleTimeout: Int) {
        self.idleTimeout = idleTimeout
    }

    var isSpent: Bool { state == .spent }
    var isFree: Bool { state == .free }

    /// - Returns: whether a request may go out.
    mutating func request() -> Bool {
        guard state != .spent else { return false }
        state = .busy
        isSending = true
        requests += 1
        return true
    }

    mutating func requestEnded() {
        isSending = false
    }

    /// - Parameter lifetime: seconds the origin keeps the connection behind this answer, where it says so.
    mutating func answered(lifetime: Int?) {
        self.lifetime = lifetime
    }

    /// The answer's end was read.
    mutating func ended(_ trailers: HTTPHeaders?) {
        if state == .busy { state = .ended(trailers, hasSurplus: false) }
    }

    /// Something came that may stand behind an end.
    ///
    /// - Returns: whether it does, and must go no further.
    mutating func surplus() -> Bool {
        guard case .ended(let trailers, _) = state else { return false }
        state = .ended(trailers, hasSurplus: true)
        return true
    }

    /// All that came along with the answer was read.
    ///
    /// - Returns: the end that was held back.
    mutating func release() -> Ending? {
        guard case .ended(let trailers, let hasSurplus) = state else { return nil }
        let left = lifetime.map { max(0, $0 - Self.margin) }
        let isLast = hasSurplus || left == 0
        state = isLast ? .spent : .free
        let patience = left.flatMap { !isLast && $0 < idleTimeout ? TimeAmount.seconds(Int64($0)) : nil }
        return Ending(trailers: trailers, isLast: isLast, patience: patience)
    }

    /// The time for the next request is over.
    ///
    /// - Returns: whether the connection is to be closed.
    mutating func expired() -> Bool {
        guard state == .free, !isSending else { return false }
        state = .spent
        return true
    }
}
