import NIOCore
import NIOHTTP1
import RiffleTelemetry

/// Takes the body of a request, piece by piece. Called on the connection's event loop only.
protocol BodySink: AnyObject {
    /// - Returns: nil to go on at once, or a future of the same loop to wait for before the next piece.
    func bodyPart(_ part: ByteBuffer) -> EventLoopFuture<Void>?
    /// Fields behind the body, said before its end.
    func bodyTrailers(_ fields: HTTPHeaders)
    func bodyEnd()
    /// The client left or its body is malformed: the rest never comes.
    func bodyAborted()
}

extension BodySink {
    func bodyTrailers(_ fields: HTTPHeaders) {}
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
    private weak var carrier: (any ExchangeCarrier)?
    private(set) var headSent = false
    private var framing = ResponseHead.BodyFraming.none
    private(set) var status = 0
    private(set) var bytesOut = 0
    var verdict: Verdict?
    /// Fields behind the body of the answer, where its framing has a place for them.
    var trailers: HTTPHeaders?
    /// Called once when the client leaves before the answer is complete.
    var onClientGone: (() -> Void)?
    /// Called once when the answer is complete or given up.
    var onEnd: ((Exchange) -> Void)?

    init(
        request: RequestMessage, startedAt: UInt64, loop: any EventLoop, remoteAddress: String, peer: UInt64,
        carrier: any ExchangeCarrier
    ) {
        self.request = request
        self.startedAt = startedAt
        self.loop = loop
        self.remoteAddress = remoteAddress
        self.peer = peer
        self.carrier = carrier
    }

    func gathered(_ body: ByteBuffer) {
        request.body = body
    }

    /// The request goes on as what its checked signature let in.
    func admit(_ passage: S3Passage) {
        request = request.admitted(passage)
    }

    var isClientGone: Bool { carrier == nil }

    /// Starts the flow of the request's body; answers `Expect: 100-continue` first.
    func readBody(into sink: any BodySink) {
        guard let carrier else { return sink.bodyAborted() }
        carrier.readBody(into: sink)
    }

    /// Sends an answer whose body is at hand.
    func respond(_ head: ResponseHead, body: ByteBuffer) {
        var head = head
        if head.status >= 200, head.status != 204, head.status != 304, !head.fields.contains(name: "content-length") {
            head.fields.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        }
        begin(head, isWhole: body.readableBytes == 0)
        if body.readableBytes > 0 { _ = write(body) }
        finish()
    }

    /// Sends an answer whose head is already in bytes, but for `Connection` and the closing empty line.
    func respond(image: ByteBuffer, status: Int, body: ByteBuffer) {
        begin(image: image, status: status, isWhole: body.readableBytes == 0)
        if body.readableBytes > 0 { _ = write(body) }
        finish()
    }

    /// Passes an interim answer on; clients of HTTP/1.0 know none (RFC 9110 §15.2).
    func interim(_ head: ResponseHead) {
        guard !headSent, request.isHTTP11 else { return }
        carrier?.sendInterim(head)
    }

    func begin(_ head: ResponseHead) {
        begin(head, isWhole: false)
    }

    /// Begins an answer whose head is already in bytes and says how long the body will be.
    func begin(image: ByteBuffer, status: Int, isWhole: Bool = false) {
        guard let carrier, !headSent else { return }
        headSent = true
        self.status = status
        framing = .length
        bytesOut += carrier.sendHead(image: image, isWhole: isWhole)
    }

    private func begin(_ head: ResponseHead, isWhole: Bool) {
        guard let carrier, !headSent else { return }
        headSent = true
        status = head.status
        framing = head.bodyFraming(for: request)
        bytesOut += carrier.sendHead(head, framing: framing, isWhole: isWhole || framing == .none)
    }

    /// - Returns: nil when more may follow at once, else a future that completes when the client has taken enough.
    func write(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        guard let carrier, headSent, framing != .none, part.readableBytes > 0 else { return nil }
        bytesOut += part.readableBytes
        return carrier.sendPart(part, framing: framing)
    }

    func finish() {
        if headSent { carrier?.exchangeFinished(self, framing: framing) }
        end()
    }

    /// Gives the answer up in the middle: the client must see that it is incomplete.
    func abort() {
        carrier?.exchangeAborted(self)
        end()
    }

    func clientGone() {
        guard carrier != nil else { return }
        carrier = nil
        let callback = onClientGone
        onClientGone = nil
        callback?()
    }

    private func end() {
        carrier = nil
        onClientGone = nil
        let callback = onEnd
        onEnd = nil
        callback?(self)
    }
}
