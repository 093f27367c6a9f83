import RiffleHTTP2

/// What one HTTP/2 connection may ask of riffle: every bound against a peer that means ill has its name here.
enum HTTP2Limits {
    static let concurrentStreams = 100
    /// All fields of one request, as RFC 9113 §6.5.2 counts them.
    static let headerList = 32 << 10
    /// Unread body of one stream, and of all streams of a connection.
    static let streamWindow = 256 << 10
    static let connectionWindow = 1 << 20
    /// Body handed to a stream but not yet sent, beyond which the origin waits.
    static let unsentBody = 128 << 10
    /// CONTINUATION frames of one header block; the header list is bounded besides.
    static let continuations = 5
    /// Frames that bring nothing along, beyond those that riffle's own frames account for; see ``IdleFrames``.
    static let idleFrames = 1_000
    /// Milliseconds in which the frames below are counted.
    private static let period: Int64 = 30_000

    /// RST_STREAM frames of the peer.
    static func resetRate() -> FrameRate { FrameRate(300, in: period) }
    /// Streams that riffle had to reset because of what the peer did.
    static func faultRate() -> FrameRate { FrameRate(100, in: period) }
    /// PING, SETTINGS and PRIORITY frames.
    static func controlRate() -> FrameRate { FrameRate(300, in: period) }

    /// The payload of the SETTINGS frame that says so to the peer.
    static let settings: [UInt8] = {
        let settings: [(name: UInt16, value: Int)] = [(0x3, concurrentStreams), (0x4, streamWindow), (0x6, headerList)]
        return settings.flatMap { setting in
            [8, 0].map { UInt8(truncatingIfNeeded: setting.name >> $0) }
                + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: setting.value >> $0) }
        }
    }()
}
