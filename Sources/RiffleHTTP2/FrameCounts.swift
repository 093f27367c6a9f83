/// Counts frames of one kind and says when there are too many of them in a while (RFC 9113 §10.5).
package struct FrameRate: Sendable {
    private let limit: Int
    private let period: Int64
    private var count = 0
    private var began = Int64.min

    /// - Parameter milliseconds: in which `limit` frames are let through.
    package init(_ limit: Int, in milliseconds: Int64) {
        self.limit = limit
        period = milliseconds
    }

    /// - Returns: false when it is one too many.
    package mutating func receivedOne(at now: Int64) -> Bool {
        if began == .min || now - began > period {
            began = now
            count = 0
        }
        count += 1
        return count <= limit
    }
}

/// Counts the frames of a peer that bring nothing along: WINDOW_UPDATE, unknown ones, and DATA without a byte (§10.5).
///
/// A peer that reads makes room on its stream and on the connection, with each frame or each time it has taken a few KiB
/// out of its buffer (Go: 4 KiB); what this side has sent may be acknowledged long after. So what it sends allows for
/// that, however much it was, and a flood is what goes beyond.
package struct IdleFrames: Sendable {
    /// Bytes of body for which a peer may make room apart.
    private static let piece = 1_024

    private var allowed: Int

    /// - Parameter allowed: beyond those that this side's own frames account for.
    package init(_ allowed: Int) {
        self.allowed = allowed
    }

    /// This side sends frames with `body` bytes of body in all.
    package mutating func sent(frames: Int = 1, body: Int = 0) {
        allowed &+= 2 &* (frames &+ body / Self.piece)
    }

    /// - Returns: false when it is one too many.
    package mutating func receivedOne() -> Bool {
        allowed -= 1
        return allowed >= 0
    }
}
