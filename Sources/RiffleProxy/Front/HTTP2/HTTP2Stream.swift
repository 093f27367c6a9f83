import NIOCore
import RiffleHTTP
import RiffleHTTP2
import RiffleTelemetry

/// One request of an HTTP/2 connection that could not be answered at once: its body on the way in, its answer on the way
/// out, each only as fast as the other side takes it. Confined to the connection's event loop.
final class HTTP2Stream: ExchangeCarrier {
    private enum Inbound {
        /// The body is part of the key: the request is looked up when all of it is there.
        case gathering(head: ByteBuffer, body: ByteBuffer)
        /// Pieces wait until the pipeline asks for them, and the peer waits for room.
        case streaming(CircularBuffer<ByteBuffer>)
        /// Nobody wants the rest.
        case discarding
    }

    /// Pieces of body below this are copied while they wait.
    private static let smallPiece = 4 << 10

    let id: StreamID
    private unowned let connection: HTTP2Connection
    private var inbound: Inbound
    private var inputEnded: Bool
    private var window = ReceiveWindow(size: HTTP2Limits.streamWindow)
    /// Body the request's head announced and that is still to come.
    private var expected: Int?
    private var sink: (any BodySink)?
    private var sinkIsBusy = false
    private var exchange: Exchange?
    var outgoing: OutgoingBody
    /// Whether it has its place among those that take turns in sending.
    var isWaiting = false
    /// Closed on both sides, or the connection is gone. From here on the connection is not spoken to.
    private(set) var isOver = false
    private var headSent = false
    /// Whether it only waits for room for an answer out of memory.
    private var isHit = false
    /// Body the answer's head announced and that is still to come.
    private var remaining: Int?
    private var roomWaiters: [EventLoopPromise<Void>] = []
    private var lastProgress: Int64

    private init(_ id: StreamID, _ inbound: Inbound, ended: Bool, on connection: HTTP2Connection) {
        self.id = id
        self.inbound = inbound
        self.connection = connection
        inputEnded = ended
        outgoing = OutgoingBody(window: connection.output.peer.initialWindow)
        lastProgress = connection.now
    }

    /// A stream whose body is gathered first.
    convenience init(_ id: StreamID, gathering head: ByteBuffer, expecting length: Int?, on connection: HTTP2Connection)
    {
        self.init(id, .gathering(head: head, body: ByteBuffer()), ended: false, on: connection)
        expected = length
    }

    /// A stream that goes to the pipeline now.
    convenience init(_ id: StreamID, inputEnded: Bool, expecting length: Int? = nil, on connection: HTTP2Connection) {
        self.init(id, .streaming(CircularBuffer()), ended: inputEnded, on: connection)
        expected = length
    }

    /// A stream that needs nothing but room for its answer.
    convenience init(_ id: StreamID, answered inputEnded: Bool, on connection: HTTP2Connection) {
        self.init(id, .discarding, ended: inputEnded, on: connection)
    }

    /// The request goes to the pipeline, with the body that was gathered where there is one.
    func begin(_ exchange: Exchange) {
        self.exchange = exchange
        if case .discarding = inbound { inbound = .streaming(CircularBuffer()) }
    }

    // MARK: The request's body

    /// - Parameter length: of the frame, with its padding.
    /// - Returns: what is wrong about it, nil when it may come.
    func fault(ofFrame length: Int, body: Int, ends: Bool) -> ErrorCode? {
        guard !inputEnded else { return .streamClosed }
        guard window.receive(length) else { return .flowControlError }
        // The length that was announced is the length there is (RFC 9113 §8.1.1).
        if let left = expected {
            guard body <= left, !ends || body == left else { return .protocolError }
            expected = left - body
        }
        return nil
    }

    func received(_ data: ByteBuffer, padding: Int, ends: Bool) {
        lastProgress = connection.now
        inputEnded = ends
        let length = data.readableBytes
        switch inbound {
        case .gathering(let head, var body):
            inbound = .discarding
            giveBack(length + padding)
            guard body.readableBytes + length <= HTTP1Connection.maximumKeyedBody else {
                return refuse(HeadRejection(413, "the request body is too large"))
            }
            body.writeImmutableBuffer(data)
            guard ends else {
                inbound = .gathering(head: head, body: body)
                return
            }
            connection.gathered(self, head: head, body: body)
        case .streaming(var pieces):
            inbound = .discarding
            giveBack(padding)
            if length > 0 { Self.append(data, to: &pieces) }
            inbound = .streaming(pieces)
            pump()
        case .discarding:
            connection.consumed(length + padding)
            settle()
        }
    }

    func readBody(into sink: any BodySink) {
        guard let exchange, self.sink == nil, case .streaming(let pieces) = inbound else { return sink.bodyAborted() }
        self.sink = sink
        lastProgress = connection.now
        if exchange.request.expectsContinue, !inputEnded, pieces.isEmpty, !exchange.headSent {
            sendInterim(ResponseHead(status: 100))
        }
        pump()
    }

    private func pump() {
        while let sink, !sinkIsBusy, case .streaming(var pieces) = inbound {
            guard let piece = pieces.popFirst() else {
                guard inputEnded else { return }
                self.sink = nil
                sink.bodyEnd()
                return
            }
            inbound = .streaming(pieces)
            giveBack(piece.readableBytes)
            guard let wait = sink.bodyPart(piece) else { continue }
            sinkIsBusy = true
            wait.assumeIsolated().whenComplete { _ in
                guard !self.isOver else { return }
                self.sinkIsBusy = false
                self.lastProgress = self.connection.now
                self.pump()
            }
        }
    }

    /// Small pieces are put together: each that waits as it came would keep all the bytes that were read with it.
    private static func append(_ data: ByteBuffer, to pieces: inout CircularBuffer<ByteBuffer>) {
        guard data.readableBytes < smallPiece else { return pieces.append(data) }
        guard var last = pieces.popLast() else { return pieces.append(ByteBuffer(bytes: data.readableBytesView)) }
        if last.readableBytes < FrameHeader.largestPayload {
            last.writeImmutableBuffer(data)
            pieces.append(last)
        } else {
            pieces.append(last)
            pieces.append(ByteBuffer(bytes: data.readableBytesView))
        }
    }

    /// Lets the peer send as much again as was dealt with.
    private func giveBack(_ bytes: Int) {
        guard bytes > 0, !isOver else { return }
        connection.consumed(bytes)
        if !inputEnded, let increment = window.consume(bytes) {
            connection.output.makeRoom(increment, on: id)
            connection.sendSoon()
        }
    }

    private func discardInput() {
        if case .streaming(let pieces) = inbound {
            connection.consumed(pieces.reduce(0) { $0 + $1.readableBytes })
        }
        inbound = .discarding
        let sink = self.sink
        self.sink = nil
        sink?.bodyAborted()
    }

    // MARK: The answer

    func sendInterim(_ head: ResponseHead) {
        guard !isOver, !headSent, let block = HTTP2Fields(head).block else { return }
        connection.output.head(block, ends: false, on: id)
        connection.sendSoon()
    }

    func sendHead(_ head: ResponseHead, framing: ResponseHead.BodyFraming, isWhole: Bool) -> Int {
        send(HTTP2Fields(head), isWhole: isWhole)
        return head.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }

    func sendHead(image: ByteBuffer, isWhole: Bool) -> Int {
        send(image.withUnsafeReadableBytes { HTTP2Fields(image: $0) }, isWhole: isWhole)
        return image.readableBytes
    }

    private func send(_ fields: HTTP2Fields, isWhole: Bool) {
        guard !isOver, !headSent else { return }
        // A head that can't be said in HTTP/2 must not leave the client waiting.
        guard let block = fields.block else { return giveUp(.internalError) }
        remaining = fields.length
        send(block, isWhole: isWhole)
    }

    private func send(_ block: [UInt8], isWhole: Bool) {
        headSent = true
        if isWhole { outgoing.endedByHead() }
        connection.output.head(block, ends: isWhole, on: id)
        connection.sendSoon()
    }

    func sendPart(_ part: ByteBuffer, framing: ResponseHead.BodyFraming) -> EventLoopFuture<Void>? {
        guard !isOver, outgoing.isOpen else { return nil }
        outgoing.append(part)
        if let left = remaining {
            remaining = left - part.readableBytes
            if remaining == 0 { outgoing.finish() }
        }
        connection.output.enqueue(self)
        connection.sendSoon()
        guard !isOver, outgoing.unsent > HTTP2Limits.unsentBody else { return nil }
        let room = connection.loop.makePromise(of: Void.self)
        roomWaiters.append(room)
        return room.futureResult
    }

    /// Sends an answer that is at hand as a whole.
    private func sendWhole(_ block: [UInt8], body: ByteBuffer) {
        send(block, isWhole: body.readableBytes == 0)
        outgoing.append(body)
        outgoing.finish()
        connection.output.enqueue(self)
        connection.sendSoon()
        settle()
    }

    /// Sends an answer out of memory as there is room for it.
    func sendHit(_ block: [UInt8], body: ByteBuffer) {
        isHit = true
        sendWhole(block, body: body)
    }

    func refuse(_ rejection: HeadRejection, isHead: Bool = false) {
        inbound = .discarding
        connection.refused(rejection)
        let body = ByteBuffer(string: "\(rejection.message)\n")
        let fields = HTTP2Fields(rejection, bodyLength: body.readableBytes, detail: Reason.badRequest.rawValue)
        guard let block = fields.block else { return giveUp(.internalError) }
        sendWhole(block, body: isHead ? ByteBuffer() : body)
    }

    /// A frame of this stream has left, with so many bytes of body.
    func sent(_ bytes: Int) {
        lastProgress = connection.now
        connection.progressed()
        if outgoing.unsent <= HTTP2Limits.unsentBody / 2 {
            let waiters = roomWaiters
            roomWaiters.removeAll()
            for waiter in waiters { waiter.succeed() }
        }
        settle()
    }

    func exchangeFinished(_ exchange: Exchange, framing: ResponseHead.BodyFraming) {
        self.exchange = nil
        guard !isOver else { return }
        if outgoing.isOpen {
            guard remaining ?? 0 == 0 else { return giveUp(.internalError) }
            outgoing.finish(trailers: exchange.trailers.flatMap { HTTP2Fields(trailers: $0).block })
            connection.output.enqueue(self)
        }
        discardInput()
        connection.sendSoon()
        settle()
    }

    func exchangeAborted(_ exchange: Exchange) {
        self.exchange = nil
        giveUp(.internalError)
    }

    // MARK: Ends

    /// Closes the stream when its answer is out.
    private func settle() {
        guard !isOver, exchange == nil, outgoing.isSent else { return }
        // The answer is complete without the rest of the request (RFC 9113 §8.1).
        if inputEnded { connection.ended(self) } else { giveUp(.noError) }
    }

    private func giveUp(_ code: ErrorCode) {
        guard !isOver else { return }
        connection.giveUp(self, code)
    }

    /// The stream is closed on both sides, or the connection is gone.
    func closed() {
        guard !isOver else { return }
        let exchange = self.exchange
        self.exchange = nil
        exchange?.clientGone()
        discardInput()
        isOver = true
        outgoing.giveUp()
        connection.output.forget(self)
        let waiters = roomWaiters
        roomWaiters.removeAll()
        for waiter in waiters { waiter.fail(ChannelError.ioOnClosedChannel) }
    }

    /// The client will send nothing more on the whole connection: a body that is not complete never will be.
    func inputBroke() {
        if !inputEnded { giveUp(.cancel) }
    }

    /// Gives up a client that neither sends what it announced nor takes what it asked for.
    ///
    /// - Returns: false when the connection should end with it.
    func keepsTime(_ now: Int64, _ limits: Front.TimeLimits) -> Bool {
        guard !isOver, now - lastProgress > limits.body else { return true }
        if outgoing.unsent > 0 {
            giveUp(.cancel)
            return !isHit
        }
        guard !inputEnded else { return true }
        switch inbound {
        case .gathering:
            refuse(HeadRejection(408, "the request body did not arrive in time"))
        case .streaming where sink != nil && !sinkIsBusy:
            if let exchange, !exchange.headSent {
                exchange.respond(ResponseHead(status: 408), body: ByteBuffer(string: "request body too slow\n"))
            } else {
                giveUp(.cancel)
            }
        case .streaming, .discarding:
            break
        }
        return true
    }
}
