import NIOCore
import RiffleCache
import RiffleHTTP
import RiffleTelemetry

/// One client connection from first byte to last: reads requests, answers hits at once, hands all else to the pipeline.
///
/// Confined to its event loop. Requests are answered one after another in the order they came (RFC 9112 §9.3.2); while
/// one is worked on, at most ``maximumAhead`` bytes of what follows are read.
final class HTTP1Connection: ChannelDuplexHandler, ClientConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A body up to this size is gathered before a safe request is classified, because it is part of the key.
    static let maximumKeyedBody = 64 << 10
    /// Bytes read ahead of the request being worked on.
    static let maximumAhead = 64 << 10
    /// Unread request body that is thrown away after the answer to save the connection.
    static let maximumDrain = 1 << 20

    private enum Phase {
        case idle
        case exchange(Exchange)
        /// The answer is out; the rest of the request's body is being thrown away.
        case draining(read: Int)
        case closing
    }

    private let front: Front
    private let remoteAddress: String
    private let output: ClientOutput
    private let certificate: ClientCertificate?
    /// Hash of the client's address, for prefetch.
    private let peer: UInt64
    private var context: ChannelHandlerContext?
    private var phase = Phase.idle
    private var inbound = ByteBuffer()
    private var head = RequestHead()
    private var body = RequestBodyReader(.none)
    private var sink: (any BodySink)?
    private var sinkIsBusy = false
    private var keepAlive = true
    private var requests = 0
    private var inputEnded = false
    private var isProcessing = false
    private var readWithheld = false
    private var isWritable = true
    private var roomWaiters: [EventLoopPromise<Void>] = []
    private var isOpen = false
    private var lastProgress: Int64 = 0

    init(front: Front, remoteAddress: String, output: ClientOutput, certificate: ClientCertificate? = nil) {
        self.front = front
        self.remoteAddress = remoteAddress
        self.output = output
        self.certificate = certificate
        peer = PeerHash.of(remoteAddress)
    }

    var allocator: ByteBufferAllocator { front.allocator }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output.attach(context)
        lastProgress = front.now()
        if context.channel.isActive { opened() }
    }

    func channelActive(context: ChannelHandlerContext) {
        opened()
        context.fireChannelActive()
    }

    private func opened() {
        guard !isOpen else { return }
        isOpen = true
        front.connectionOpened(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        teardown()
        front.connectionClosed(self)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        teardown()
        self.context = nil
        output.attach(nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            inputEnded = true
            keepAlive = false
            switch phase {
            case .exchange: pumpBody()
            case .idle, .draining, .closing: closeAfterFlush()
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if inbound.readableBytes == 0 {
            inbound = buffer
        } else {
            inbound.writeBuffer(&buffer)
        }
        lastProgress = front.readStarted()
        process()
        // What is read is never read again: its memory goes back to the channel's pool.
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        output.flush()
        // Nobody stands behind this handler. Asking here for more spares the channel asking through all of them.
        if wantsMore { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable {
            let waiters = roomWaiters
            roomWaiters.removeAll()
            for waiter in waiters { waiter.succeed() }
            lastProgress = front.readStarted()
            process()
            // No read event follows in which what the channel was handed would go out.
            flushOutput()
        }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if wantsMore {
            context.read()
        } else {
            readWithheld = true
        }
    }

    /// Whether more bytes should be taken from the socket now: never far ahead of the request being worked on.
    private var wantsMore: Bool {
        switch phase {
        case .idle: isWritable || inbound.readableBytes < Self.maximumAhead
        case .exchange: !sinkIsBusy && inbound.readableBytes < Self.maximumAhead
        case .draining, .closing: true
        }
    }

    private func readIfWithheld() {
        guard readWithheld, wantsMore, let context else { return }
        readWithheld = false
        context.read()
    }

    // MARK: Requests

    /// Works through the bytes at hand until a request must be waited for.
    private func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer {
            sendAnswers()
            isProcessing = false
            readIfWithheld()
        }
        while true {
            switch phase {
            case .idle:
                guard isWritable, inbound.readableBytes > 0, nextRequest() else { return }
            case .exchange:
                pumpBody()
                guard case .idle = phase else { return }
            case .draining(let read):
                guard drain(read) else { return }
            case .closing:
                inbound.clear()
                return
            }
        }
    }

    /// - Returns: false when more bytes are needed or the request is being worked on.
    private func nextRequest() -> Bool {
        skipEmptyLine()
        guard inbound.readableBytes > 0 else { return false }
        let parse = inbound.withUnsafeReadableBytes {
            RequestParser.parse($0, into: &head, limits: front.requestLimits)
        }
        switch parse {
        case .incomplete:
            if inputEnded { closeAfterFlush() }
            return false
        case .rejected(let rejection):
            refuse(rejection)
            return false
        case .complete:
            break
        }
        requests += 1
        keepAlive = head.keepAlive && !inputEnded && !front.isDraining && requests < front.requestsPerConnection
        var bodyLength = 0
        if case .length(let length) = head.framing, length > 0 {
            guard head.method.isSafe, length <= Self.maximumKeyedBody else {
                start(withBody: 0)
                return false
            }
            guard inbound.readableBytes >= head.length + length else {
                if inputEnded {
                    closeAfterFlush()
                } else if head.has(.expect), !continueSent {
                    continueSent = true
                    write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
                    flushOutput()
                }
                return false
            }
            bodyLength = length
        } else if head.framing == .chunked {
            start(withBody: 0)
            return false
        }
        continueSent = false
        return answer(bodyLength: bodyLength)
    }

    private var continueSent = false

    /// The way of a hit: no copy of the request, no future, one append to the output buffer.
    private func answer(bodyLength: Int) -> Bool {
        let length = head.length + bodyLength
        let answer = inbound.withUnsafeReadableBytes { bytes in
            front.answer(
                head, bytes: bytes, body: UnsafeRawBufferPointer(rebasing: bytes[head.length..<length]),
                certificate: certificate)
        }
        switch answer {
        case .hit(let hit):
            let record =
                front.logsHit()
                ? inbound.withUnsafeReadableBytes { AccessRecord(head, bytes: $0, client: remoteAddress) } : nil
            let request = hit.renewal == nil ? nil : message(bodyLength: bodyLength)
            inbound.moveReaderIndex(forwardBy: length)
            writeHit(hit, record)
            if let renewal = hit.renewal, let request {
                sendAnswers()
                front.renew(hit.entry, renewal, request, remoteAddress: remoteAddress)
            }
            if !keepAlive {
                closeAfterFlush()
                return false
            }
            return true
        case .pipeline(let work):
            start(withBody: bodyLength, work: work)
            if case .idle = phase { return true }
            return false
        }
    }

    private func writeHit(_ hit: Hit, _ record: AccessRecord?) {
        let entry = hit.entry
        let body = head.method == .head || hit.isNotModified ? 0 : entry.bodyLength
        let copies = body <= HitFields.largestCopiedBody
        let most = HitFields.mostBytes(hit, withBody: copies)
        if !front.answers.hasRoom(most) { sendAnswers() }
        if front.answers.hasRoom(most) {
            front.answers.write { HitFields.writeAnswer(hit, withBody: copies && body > 0, connectionField, into: $0) }
            if !copies, !output.send(front.answers, bodyOf: entry) { broken() }
        } else {
            // A head larger than the whole buffer.
            var buffer = allocator.buffer(capacity: most)
            HitFields.writeHead(hit, into: &buffer)
            writeHeadEnd(into: &buffer, closes: false)
            write(buffer)
            if body > 0 { write(entry.body) }
        }
        front.served(hit, bytes: entry.headLength + body, peer: peer, record: record)
    }

    /// Sends what answers out of memory were put together.
    private func sendAnswers() {
        if !output.send(front.answers) { broken() }
    }

    /// The client is gone, by what its socket says.
    private func broken() {
        phase = .closing
        context?.close(promise: nil)
    }

    /// The request at the front of the connection's bytes, copied out.
    private func message(bodyLength: Int) -> RequestMessage {
        let body =
            bodyLength > 0 ? inbound.getSlice(at: inbound.readerIndex + head.length, length: bodyLength) : nil
        return inbound.withUnsafeReadableBytes {
            RequestMessage(head, bytes: $0, body: body, certificate: certificate)
        }
    }

    /// Hands the request to the pipeline; its body beyond `bodyLength` stays in the connection until asked for.
    private func start(withBody bodyLength: Int, work: Front.Work? = nil) {
        let length = head.length + bodyLength
        let request = message(bodyLength: bodyLength)
        // A request whose body was not looked at yet is classified when the body is there.
        let classified =
            work
            ?? inbound.withUnsafeReadableBytes { bytes in
                front.classifyUnread(head, bytes: bytes)
            }
        inbound.moveReaderIndex(forwardBy: length)
        body = bodyLength > 0 ? RequestBodyReader(.none) : RequestBodyReader(head.framing)
        let exchange = Exchange(
            request: request, startedAt: front.nanoseconds(), loop: front.loop, remoteAddress: remoteAddress,
            peer: peer, carrier: self)
        phase = .exchange(exchange)
        sendAnswers()
        flushOutput()
        front.begin(exchange, classified)
    }

    private func skipEmptyLine() {
        // One empty line in front of a request is forgiven (RFC 9112 §2.2).
        let isThere = inbound.withUnsafeReadableBytes { $0.count >= 2 && $0[0] == 0x0D && $0[1] == 0x0A }
        if isThere { inbound.moveReaderIndex(forwardBy: 2) }
    }

    private func refuse(_ rejection: HeadRejection) {
        keepAlive = false
        var buffer = allocator.buffer(capacity: 256)
        front.refused(rejection)
        RefusalAnswer.write(rejection, into: &buffer)
        write(buffer)
        inbound.clear()
        closeAfterFlush()
    }

    // MARK: Bodies

    func readBody(into sink: any BodySink) {
        guard case .exchange(let exchange) = phase, self.sink == nil else { return sink.bodyAborted() }
        self.sink = sink
        if exchange.request.expectsContinue, !body.isDone, inbound.readableBytes == 0, !exchange.headSent {
            write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
            flushOutput()
        }
        pumpBody()
        readIfWithheld()
    }

    private func pumpBody() {
        while let sink, !sinkIsBusy, case .exchange(let exchange) = phase {
            switch body.next(from: &inbound) {
            case .data(let part):
                guard let wait = sink.bodyPart(part) else { continue }
                sinkIsBusy = true
                wait.assumeIsolated().whenComplete { _ in
                    self.sinkIsBusy = false
                    self.lastProgress = self.front.now()
                    self.process()
                }
            case .end:
                self.sink = nil
                if let trailers = body.trailers { sink.bodyTrailers(trailers) }
                sink.bodyEnd()
            case .needMore:
                if inputEnded {
                    self.sink = nil
                    sink.bodyAborted()
                }
                return
            case .malformed:
                self.sink = nil
                keepAlive = false
                sink.bodyAborted()
                if !exchange.headSent {
                    exchange.respond(ResponseHead(status: 400), body: ByteBuffer(string: "malformed request body\n"))
                } else {
                    exchange.abort()
                }
                return
            }
        }
    }

    /// - Returns: true when the connection is ready for the next request.
    private func drain(_ read: Int) -> Bool {
        var read = read
        while true {
            switch body.next(from: &inbound) {
            case .data(let part):
                read += part.readableBytes
                phase = .draining(read: read)
                if read > Self.maximumDrain {
                    closeAfterFlush()
                    return false
                }
            case .end:
                phase = .idle
                return true
            case .needMore:
                return false
            case .malformed:
                closeAfterFlush()
                return false
            }
        }
    }

    // MARK: Answers

    /// Ends a head: `Connection` where it must be said, and the empty line.
    func writeHeadEnd(into buffer: inout ByteBuffer, closes: Bool) {
        // A body that will not be read to its end costs the connection.
        if closes || (!body.isDone && sink == nil) { keepAlive = keepAlive && !closes }
        if front.isDraining { keepAlive = false }
        switch connectionField {
        case .none: break
        case .keepAlive: buffer.writeStaticString("Connection: keep-alive\r\n")
        case .close: buffer.writeStaticString("Connection: close\r\n")
        }
        buffer.writeStaticString("\r\n")
    }

    private var connectionField: HitFields.ConnectionField {
        keepAlive ? (head.isHTTP11 ? .none : .keepAlive) : .close
    }

    func write(_ buffer: ByteBuffer) {
        sendAnswers()
        lastProgress = front.now()
        output.write(buffer)
    }

    private func flushOutput() { output.flush() }

    func flushWaitingForRoom() -> EventLoopFuture<Void>? {
        flushOutput()
        guard let context, !isWritable else { return nil }
        let promise = context.eventLoop.makePromise(of: Void.self)
        roomWaiters.append(promise)
        return promise.futureResult
    }

    func exchangeFinished(_ exchange: Exchange, closes: Bool) {
        guard case .exchange(let current) = phase, current === exchange else { return }
        flushOutput()
        if let sink {
            self.sink = nil
            sink.bodyAborted()
        }
        sinkIsBusy = false
        if closes || !keepAlive {
            if body.isDone || inputEnded {
                closeAfterFlush()
            } else {
                lingerThenClose()
            }
            return
        }
        phase = body.isDone ? .idle : .draining(read: 0)
        lastProgress = front.readStarted()
        process()
        // What the next requests appended outside of a read event must go out too.
        if !isProcessing { flushOutput() }
    }

    func exchangeAborted(_ exchange: Exchange) {
        guard case .exchange(let current) = phase, current === exchange else { return }
        sink = nil
        phase = .closing
        flushOutput()
        context?.close(promise: nil)
    }

    /// Closes after the answer is out, reading what still comes for a moment so that the client sees the answer
    /// instead of a reset.
    private func lingerThenClose() {
        phase = .closing
        guard let context else { return }
        let channel = context.channel
        channel.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
        readIfWithheld()
    }

    private func closeAfterFlush() {
        sendAnswers()
        phase = .closing
        flushOutput()
        guard let context else { return }
        if inputEnded {
            context.close(promise: nil)
        } else {
            lingerThenClose()
        }
    }

    /// Asks the connection to end as soon as nothing is in progress.
    func drainAndClose() {
        keepAlive = false
        if case .idle = phase, inbound.readableBytes == 0 {
            phase = .closing
            flushOutput()
            context?.close(promise: nil)
        }
    }

    func closeNow() {
        context?.close(promise: nil)
    }

    private func teardown() {
        let sink = self.sink
        self.sink = nil
        if case .exchange(let exchange) = phase {
            phase = .closing
            exchange.clientGone()
        }
        phase = .closing
        sink?.bodyAborted()
        let waiters = roomWaiters
        roomWaiters.removeAll()
        for waiter in waiters { waiter.fail(ChannelError.ioOnClosedChannel) }
    }

    // MARK: Time limits

    func checkTime(_ now: Int64) {
        let limits = front.timeLimits
        let quiet = now - lastProgress
        switch phase {
        case .idle where inbound.readableBytes > 0:
            if quiet > limits.head || headTooSlow(now) {
                refuse(HeadRejection(408, "the request did not arrive in time"))
            }
        case .idle:
            headStarted = 0
            if quiet > limits.idle { context?.close(promise: nil) }
        case .exchange(let exchange):
            if sink != nil, !sinkIsBusy, quiet > limits.body {
                keepAlive = false
                if exchange.headSent {
                    exchange.abort()
                } else {
                    exchange.respond(ResponseHead(status: 408), body: ByteBuffer(string: "request body too slow\n"))
                }
            } else if !isWritable, quiet > limits.body {
                context?.close(promise: nil)
            }
        case .draining, .closing:
            if quiet > limits.body { context?.close(promise: nil) }
        }
    }

    private var headStarted: Int64 = 0

    /// A head that trickles in makes progress all the time; it is measured from when it was first seen incomplete.
    private func headTooSlow(_ now: Int64) -> Bool {
        if headStarted == 0 {
            headStarted = now
            return false
        }
        return now - headStarted > front.timeLimits.head
    }
}
