import NIOCore
import NIOHPACK
import NIOHTTP2
import RiffleHTTP

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

    let id: HTTP2StreamID
    private unowned let connection: HTTP2Connection
    private var inbound: Inbound
    private var inputEnded: Bool
    private var window = InboundWindow(size: HTTP2Limits.streamWindow)
    private var sink: (any BodySink)?
    private var sinkIsBusy = false
    private var exchange: Exchange?
    private var outputEnded = false
    private var unsent = 0
    /// Body the answer's head announced and that is still to come.
    private var remaining: Int?
    private var roomWaiters: [EventLoopPromise<Void>] = []
    private var lastProgress: Int64

    /// A stream whose body is gathered first.
    init(id: HTTP2StreamID, gathering head: ByteBuffer, on connection: HTTP2Connection, now: Int64) {
        self.id = id
        self.connection = connection
        inbound = .gathering(head: head, body: ByteBuffer())
        inputEnded = false
        lastProgress = now
    }

    /// A stream that goes to the pipeline now.
    init(id: HTTP2StreamID, inputEnded: Bool, on connection: HTTP2Connection, now: Int64) {
        self.id = id
        self.connection = connection
        inbound = .streaming(CircularBuffer())
        self.inputEnded = inputEnded
        lastProgress = now
    }

    func begin(_ exchange: Exchange) {
        self.exchange = exchange
    }

    // MARK: The request's body

    func received(_ data: ByteBuffer, padding: Int, ends: Bool) {
        lastProgress = connection.now
        inputEnded = ends
        let length = data.readableBytes
        switch inbound {
        case .gathering(let head, var body):
            inbound = .discarding
            giveBack(length + padding)
            guard body.readableBytes + length <= HTTP1Connection.maximumKeyedBody else {
                return connection.refuse(id, HeadRejection(413, "the request body is too large"), inputEnded: ends)
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
            if length > 0 { pieces.append(data) }
            inbound = .streaming(pieces)
            pump()
        case .discarding:
            giveBack(length + padding)
        }
    }

    /// Trailer fields end a body like its last piece; riffle passes none on.
    func receivedTrailers() {
        received(ByteBuffer(), padding: 0, ends: true)
    }

    func readBody(into sink: any BodySink) {
        guard let exchange, self.sink == nil, case .streaming(let pieces) = inbound else { return sink.bodyAborted() }
        self.sink = sink
        lastProgress = connection.now
        if exchange.request.expectsContinue, !inputEnded, pieces.isEmpty, !exchange.headSent {
            connection.write(id, .headers(.init(headers: HTTP2Fields.start(100))))
            connection.flushSoon()
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
                self.sinkIsBusy = false
                self.lastProgress = self.connection.now
                self.pump()
            }
        }
    }

    /// Lets the peer send as much again as was dealt with.
    private func giveBack(_ bytes: Int) {
        guard bytes > 0 else { return }
        connection.consumed(bytes)
        if !inputEnded, let increment = window.consume(bytes) {
            connection.write(id, .windowUpdate(windowSizeIncrement: increment))
            connection.flushSoon()
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
        guard !outputEnded else { return }
        connection.write(id, .headers(.init(headers: HTTP2Fields.of(head))))
        connection.flushSoon()
    }

    func sendHead(_ head: ResponseHead, framing: ResponseHead.BodyFraming, isWhole: Bool) -> Int {
        send(HTTP2Fields.of(head), isWhole: isWhole)
        return head.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }

    func sendHead(image: ByteBuffer, isWhole: Bool) -> Int {
        send(HTTP2Fields.of(image: image), isWhole: isWhole)
        return image.readableBytes
    }

    private func send(_ headers: HPACKHeaders, isWhole: Bool) {
        guard !outputEnded else { return }
        outputEnded = isWhole
        remaining = headers.first(name: "content-length").flatMap { Int($0) }
        let sent = connection.loop.makePromise(of: Void.self)
        // A head that can't be said in HTTP/2 must not leave the client waiting.
        sent.futureResult.assumeIsolated().whenFailure { [weak self] _ in self?.reset(.internalError) }
        connection.write(id, .headers(.init(headers: headers, endStream: isWhole)), sent)
        connection.flushSoon()
    }

    func sendPart(_ part: ByteBuffer, framing: ResponseHead.BodyFraming) -> EventLoopFuture<Void>? {
        guard !outputEnded else { return nil }
        let length = part.readableBytes
        if let left = remaining {
            remaining = left - length
            outputEnded = left == length
        }
        unsent += length
        let sent = connection.loop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.sent(length) }
        connection.write(id, .data(.init(data: .byteBuffer(part), endStream: outputEnded)), sent)
        connection.flushSoon()
        guard unsent > HTTP2Limits.unsentBody else { return nil }
        let room = connection.loop.makePromise(of: Void.self)
        roomWaiters.append(room)
        return room.futureResult
    }

    private func sent(_ length: Int) {
        unsent -= length
        lastProgress = connection.now
        connection.progressed()
        guard unsent <= HTTP2Limits.unsentBody / 2 else { return }
        let waiters = roomWaiters
        roomWaiters.removeAll()
        for waiter in waiters { waiter.succeed() }
    }

    func exchangeFinished(_ exchange: Exchange, framing: ResponseHead.BodyFraming) {
        self.exchange = nil
        guard outputEnded || remaining ?? 0 == 0 else { return reset(.internalError) }
        if !outputEnded {
            outputEnded = true
            if let trailers = exchange.trailers {
                connection.write(id, .headers(.init(headers: HTTP2Fields.of(trailers), endStream: true)))
            } else {
                connection.write(id, .data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)))
            }
        }
        // The answer is complete without the rest of the request (RFC 9113 §8.1).
        if !inputEnded { connection.write(id, .rstStream(.noError)) }
        connection.flushSoon()
        discardInput()
    }

    func exchangeAborted(_ exchange: Exchange) {
        self.exchange = nil
        reset(.internalError)
        discardInput()
    }

    private func reset(_ code: HTTP2ErrorCode) {
        outputEnded = true
        connection.write(id, .rstStream(code))
        connection.flushSoon()
    }

    // MARK: Ends

    /// The stream is closed on both sides, or the connection is gone.
    func closed() {
        outputEnded = true
        let exchange = self.exchange
        self.exchange = nil
        exchange?.clientGone()
        discardInput()
        let waiters = roomWaiters
        roomWaiters.removeAll()
        for waiter in waiters { waiter.fail(ChannelError.ioOnClosedChannel) }
    }

    /// The client will send nothing more on the whole connection: a body that is not complete never will be.
    func inputBroke() {
        if !inputEnded { reset(.cancel) }
    }

    /// Gives up a client that neither sends what it announced nor takes what it asked for.
    func checkTime(_ now: Int64, _ limits: Front.TimeLimits) {
        guard now - lastProgress > limits.body else { return }
        if unsent > 0 { return reset(.cancel) }
        guard !inputEnded else { return }
        switch inbound {
        case .gathering:
            inbound = .discarding
            connection.refuse(id, HeadRejection(408, "the request body did not arrive in time"), inputEnded: false)
        case .streaming where sink != nil && !sinkIsBusy:
            guard let exchange, !exchange.headSent else { return reset(.cancel) }
            exchange.respond(ResponseHead(status: 408), body: ByteBuffer(string: "request body too slow\n"))
        case .streaming, .discarding:
            break
        }
    }
}
