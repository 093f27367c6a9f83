/// Bodies of requests on one HTTP/2 connection, and the windows they must fit (RFC 9113 §5.2). All have the same body.
struct Uploads {
    private struct Upload {
        var stream: UInt32
        var sent: Int
        var window: Int
    }

    private let body: [UInt8]
    private var window = HTTP2Frame.initialWindow
    private var initialWindow = HTTP2Frame.initialWindow
    /// Those that did not fit at once, in their order.
    private var waiting: [Upload] = []

    init(body: [UInt8]) { self.body = body }

    /// Whether the body of a stream that begins may go out whole at once; otherwise it waits here.
    mutating func begin(_ stream: UInt32) -> Bool {
        guard !body.isEmpty else { return true }
        if waiting.isEmpty, body.count <= min(window, initialWindow) {
            window -= body.count
            return true
        }
        waiting.append(Upload(stream: stream, sent: 0, window: initialWindow))
        return false
    }

    /// Whether something of it was still to be sent.
    mutating func forget(_ stream: UInt32) -> Bool {
        guard !waiting.isEmpty else { return false }
        let before = waiting.count
        waiting.removeAll { $0.stream == stream }
        return waiting.count < before
    }

    /// False when a window would grow beyond what one may have (RFC 9113 §6.9.1).
    mutating func opened(_ stream: UInt32, by increment: Int) -> Bool {
        guard stream == 0 else {
            for index in waiting.indices where waiting[index].stream == stream { waiting[index].window += increment }
            return true
        }
        window += increment
        return window <= HTTP2Frame.largestWindow
    }

    /// The peer's setting; it moves the windows of streams that have begun too (RFC 9113 §6.9.2), even below nought.
    mutating func begins(with window: Int) {
        for index in waiting.indices { waiting[index].window += window - initialWindow }
        initialWindow = window
    }

    /// All that fits now, as frames.
    mutating func send(into output: inout [UInt8]) {
        guard !waiting.isEmpty else { return }
        for index in waiting.indices {
            let rest = body.count - waiting[index].sent
            let count = min(rest, window, waiting[index].window, RequestSet.maxFrameBytes)
            guard count > 0 else { continue }
            let (sent, stream) = (waiting[index].sent, waiting[index].stream)
            output += HTTP2Frame.frame(
                .data, flags: count == rest ? HTTP2Frame.endStream : 0, stream: stream, Array(body[sent..<sent + count])
            )
            waiting[index].sent += count
            waiting[index].window -= count
            window -= count
        }
        waiting.removeAll { $0.sent == body.count }
    }
}
