import NIOCore
import NIOHTTP2

/// What one HTTP/2 connection may ask of riffle: every bound against a peer that means ill has its name here.
enum HTTP2Limits {
    static let concurrentStreams = 100
    /// All fields of one request, as RFC 9113 §6.5.2 counts them.
    static let headerList = 32 << 10
    /// Unread body of one stream, and of all streams of a connection.
    static let streamWindow = 256 << 10
    static let connectionWindow = 1 << 20
    /// Body handed to a stream but not yet taken by the socket, beyond which the origin waits.
    static let unsentBody = 128 << 10
    /// CONTINUATION frames of one header block; the header list is bounded besides.
    static let continuations = 5
    /// Resets, malformed streams, and PING, SETTINGS or PRIORITY frames in half a minute.
    private static let resets = 300
    private static let streamErrors = 100
    private static let controlFrames = 300
    private static let period = TimeAmount.seconds(30)
    /// Frames that bring nothing along, beyond those that riffle's own frames account for; see ``IdleFrames``.
    static let idleFrames = 1_000
    /// Frames riffle owes a peer that does not read.
    private static let owedControlFrames = 1_000

    /// The handler that reads and writes frames.
    static func frameHandler(_ delegate: any NIOHTTP2FrameDelegate) -> NIOHTTP2Handler {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: concurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: headerList),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindow),
        ]
        connection.maximumBufferedControlFrames = owedControlFrames
        connection.maximumSequentialContinuationFrames = continuations
        connection.controlFrameRateLimit.maximumCount = controlFrames
        connection.controlFrameRateLimit.windowLength = period
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.streamResetFrameRateLimit.maximumCount = resets
        stream.streamResetFrameRateLimit.windowLength = period
        stream.streamErrorRateLimit.maximumCount = streamErrors
        stream.streamErrorRateLimit.windowLength = period
        return NIOHTTP2Handler(
            mode: .server, frameDelegate: delegate, connectionConfiguration: connection, streamConfiguration: stream)
    }
}

/// Counts body bytes that were dealt with and says when it is worth giving the peer room again (RFC 9113 §6.9).
struct InboundWindow {
    private let size: Int
    private var consumed = 0

    init(size: Int) {
        self.size = size
    }

    /// - Returns: the increment to send, nil while less than half of the window is used up.
    mutating func consume(_ bytes: Int) -> Int? {
        consumed += bytes
        guard consumed >= size / 2 else { return nil }
        defer { consumed = 0 }
        return consumed
    }
}

/// Counts the frames of a peer that bring nothing along: WINDOW_UPDATE, and DATA without a byte (RFC 9113 §10.5).
///
/// A peer that reads makes room on its stream and on the connection, with each frame or each time it has taken a few KiB
/// out of its buffer (Go: 4 KiB); what riffle has sent may be acknowledged long after. So what it sends allows for that,
/// however much it was, and a flood is what goes beyond.
struct IdleFrames {
    /// Bytes of body for which a peer may make room apart.
    private static let piece = 1_024

    private var allowed = HTTP2Limits.idleFrames

    mutating func sent(_ frame: HTTP2Frame) {
        var pieces = 1
        if case .data(let data) = frame.payload { pieces += data.data.readableBytes / Self.piece }
        allowed &+= 2 * pieces
    }

    /// - Returns: false when it is one too many.
    mutating func receivedOne() -> Bool {
        allowed -= 1
        return allowed >= 0
    }
}
