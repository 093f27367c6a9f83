import NIOCore
import RiffleHTTP2

/// What one stream still has to send: pieces of body, and how it ends. Knows the stream's window, not the connection's.
struct OutgoingBody {
    enum Frame {
        case data(ByteBuffer, ends: Bool)
        /// The header block of trailer fields, which ends the stream.
        case trailers([UInt8])
    }

    private enum End {
        /// More may follow.
        case open
        case due
        case dueWithTrailers([UInt8])
        case sent
    }

    var window: SendWindow
    private var pieces = CircularBuffer<ByteBuffer>()
    private var end = End.open
    private(set) var unsent = 0

    init(window: Int) {
        self.window = SendWindow(window)
    }

    /// Whether more may be appended.
    var isOpen: Bool {
        if case .open = end { return true }
        return false
    }

    /// Whether all of it, with its end, was sent.
    var isSent: Bool {
        if case .sent = end { return true }
        return false
    }

    /// Whether a frame could be sent if the connection has room for it.
    var isReady: Bool {
        if unsent > 0 { return window.room > 0 }
        switch end {
        case .open, .sent: return false
        case .due, .dueWithTrailers: return true
        }
    }

    mutating func append(_ piece: ByteBuffer) {
        guard isOpen, piece.readableBytes > 0 else { return }
        unsent += piece.readableBytes
        pieces.append(piece)
    }

    /// Nothing follows but, where there are any, trailer fields.
    mutating func finish(trailers: [UInt8]? = nil) {
        guard isOpen else { return }
        end = trailers.map { .dueWithTrailers($0) } ?? .due
    }

    /// The head has ended the stream.
    mutating func endedByHead() {
        end = .sent
    }

    /// Nothing more is sent.
    mutating func giveUp() {
        pieces.removeAll()
        unsent = 0
        end = .sent
    }

    /// Takes out what to send next.
    ///
    /// - Parameter room: of the connection.
    mutating func next(room: Int) -> Frame? {
        if unsent > 0, var piece = pieces.popFirst() {
            let most = min(room, window.room, FrameHeader.largestPayload)
            guard most > 0, let part = piece.readSlice(length: min(most, piece.readableBytes)) else {
                pieces.prepend(piece)
                return nil
            }
            if piece.readableBytes > 0 { pieces.prepend(piece) }
            unsent -= part.readableBytes
            window.take(part.readableBytes)
            guard unsent == 0, case .due = end else { return .data(part, ends: false) }
            end = .sent
            return .data(part, ends: true)
        }
        switch end {
        case .open, .sent:
            return nil
        case .due:
            end = .sent
            return .data(ByteBuffer(), ends: true)
        case .dueWithTrailers(let block):
            end = .sent
            return .trailers(block)
        }
    }
}
