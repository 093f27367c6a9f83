import NIOCore
import NIOHTTP1
import RiffleTelemetry

/// Takes the body of a request, piece by piece. Called on the connection's event loop only.
protocol BodySink: AnyObject {
    /// - Returns: nil to go on at once, or a future of the same loop to wait for before the next piece.
    func bodyPart(_ part: ByteBuffer) -> EventLoopFuture<Void>?
    func bodyEnd()
    /// The client left or its body is malformed: the rest never comes.
    func bodyAborted()
}

/// One request that is being worked on, between the connection that carries it and the pipeline that answers it.
///
/// Confined to the connection's event loop. Every exchange is answered once: by ``respond``, by ``begin``…``finish``, or
/// by ``abort``. The client may leave at any time; writing to an exchange whose client left does nothing.
final class Exchange {
    private(set) var request: RequestMessage
    /// Nanoseconds of the monotonic clock when the request was read.
    let startedAt: UInt64
    let loop: any EventLoop
    let remoteAddress: String
    /// Hash of the client's address.
    let peer: UInt64
    private(set) weak var connection: HTTP1Connection?
    private(set) var headSent = false
    private var framing = ResponseHead.BodyFraming.none
    private(set) var status = 0
    private(set) var bytesOut = 0
    var verdict: Verdict?
    /// Called once when the client leaves before the answer is complete.
    var onClientGone: (() -> Void)?
    /// Called once when the answer is complete or given up.
    var onEnd: ((Exchange) -> Void)?

    init(
        request: RequestMessage, startedAt: UInt64, loop: any EventLoop, remoteAddress: String, peer: UInt64,
        connection: HTTP1Connection
    ) {
        self.request = request
        self.startedAt = startedAt
        self.loop = loop
        self.remoteAddress = remoteAddress
        self.peer = peer
        self.connection = connection
    }

    func gathered(_ body: ByteBuffer) {
        request.body = body
    }

    var isClientGone: Bool { connection == nil }

    /// Starts the flow of the request's body; answers `Expect: 100-continue` first.
    func readBody(into sink: any BodySink) {
        guard let connection else { return sink.bodyAborted() }
        connection.readBody(into: sink)
    }

    /// Sends an answer whose body is at hand.
    func respond(_ head: ResponseHead, body: ByteBuffer) {
        var head = head
        if head.status >= 200, head.status != 204, head.status != 304, !head.fields.contains(name: "content-length") {
            head.fields.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        }
        begin(head)
        if body.readableBytes > 0 { _ = write(body) }
        finish()
    }

    /// Sends an answer whose head is already in bytes, but for `Connection` and the closing empty line.
    func respond(image: ByteBuffer, status: Int, body: ByteBuffer) {
        guard let connection, !headSent else { return }
        headSent = true
        self.status = status
        framing = .length
        var image = image
        connection.writeHeadEnd(into: &image, closes: false)
        bytesOut += image.readableBytes
        connection.write(image)
        if body.readableBytes > 0 { _ = write(body) }
        finish()
    }

    func begin(_ head: ResponseHead) {
        guard let connection, !headSent else { return }
        headSent = true
        status = head.status
        framing = head.bodyFraming(for: request)
        var buffer = connection.allocator.buffer(capacity: 1_024)
        head.serialise(into: &buffer)
        if framing == .chunked { buffer.writeStaticString("Transfer-Encoding: chunked\r\n") }
        connection.writeHeadEnd(into: &buffer, closes: framing == .close)
        bytesOut += buffer.readableBytes
        connection.write(buffer)
    }

    /// - Returns: nil when more may follow at once, else a future that completes when the client has taken enough.
    func write(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        guard let connection, headSent, framing != .none, part.readableBytes > 0 else { return nil }
        bytesOut += part.readableBytes
        if framing == .chunked {
            var frame = connection.allocator.buffer(capacity: 20)
            frame.writeString(String(part.readableBytes, radix: 16))
            frame.writeStaticString("\r\n")
            connection.write(frame)
            connection.write(part)
            connection.write(ByteBuffer(staticString: "\r\n"))
        } else {
            connection.write(part)
        }
        return connection.flushWaitingForRoom()
    }

    func finish() {
        if let connection, headSent {
            if framing == .chunked { connection.write(ByteBuffer(staticString: "0\r\n\r\n")) }
            connection.exchangeFinished(self, closes: framing == .close)
        }
        end()
    }

    /// Gives the answer up in the middle: the client must see that it is incomplete.
    func abort() {
        connection?.exchangeAborted(self)
        end()
    }

    func clientGone() {
        guard connection != nil else { return }
        connection = nil
        let callback = onClientGone
        onClientGone = nil
        callback?()
    }

    private func end() {
        connection = nil
        onClientGone = nil
        let callback = onEnd
        onEnd = nil
        callback?(self)
    }
}
