import NIOCore
import NIOHPACK
import NIOHTTP2
import RiffleCache
import RiffleHTTP
import RiffleTelemetry

/// One HTTP/2 connection of a client (RFC 9113): hits are answered frame by frame on the connection itself, and only a
/// request that needs the pipeline or brings a body becomes a stream with state.
///
/// Confined to its event loop. Stands behind the handler that reads and writes frames, which keeps the protocol's state,
/// both flow control windows for sending, and the limits of ``HTTP2Limits``.
final class HTTP2Connection: ChannelInboundHandler, ClientConnection {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// Between the two GOAWAY frames of a graceful end: time for requests already on their way (RFC 9113 §6.8).
    private static let farewell = TimeAmount.milliseconds(250)

    private static let linger = TimeAmount.milliseconds(500)

    private enum Life {
        case open
        /// Told to go; ends with its last stream.
        case leaving
        case closed
    }

    private let front: Front
    private let remoteAddress: String
    private let certificate: ClientCertificate?
    private let peer: UInt64
    let loop: any EventLoop
    private var context: ChannelHandlerContext?
    private var life = Life.open
    private var streams: [HTTP2StreamID: HTTP2Stream] = [:]
    /// Streams not closed on both sides, with those that were hits.
    private var openStreams = 0
    private var requests = 0
    private var lastStream = HTTP2StreamID.rootStream
    private var window = InboundWindow(size: HTTP2Limits.connectionWindow)
    private var idleFrames = IdleFrames()
    private var head = RequestHead()
    private var scratch = ByteBuffer()
    private var isReading = false
    private var needsFlush = false
    private var failed = false
    private var lastProgress: Int64

    var now: Int64 { front.now() }

    init(front: Front, remoteAddress: String, certificate: ClientCertificate? = nil) {
        self.front = front
        self.remoteAddress = remoteAddress
        self.certificate = certificate
        loop = front.loop
        peer = PeerHash.of(remoteAddress)
        lastProgress = front.now()
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        front.connectionOpened(self)
        // The window of the connection starts at 65,535 bytes whatever the settings say (RFC 9113 §6.9.2).
        write(.rootStream, .windowUpdate(windowSizeIncrement: HTTP2Limits.connectionWindow - 65_535))
        flushSoon()
    }

    func channelInactive(context: ChannelHandlerContext) {
        teardown()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        teardown()
        self.context = nil
    }

    private func teardown() {
        guard life != .closed else { return }
        life = .closed
        let left = streams
        streams.removeAll()
        for stream in left.values { stream.closed() }
        front.connectionClosed(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard life != .closed else { return }
        let frame = unwrapInboundIn(data)
        isReading = true
        switch frame.payload {
        case .headers(let headers):
            lastProgress = front.readStarted()
            if let stream = streams[frame.streamID] {
                stream.receivedTrailers()
            } else if frame.streamID > lastStream {
                lastStream = frame.streamID
                requests += 1
                if requests >= front.requestsPerConnection { drainAndClose() }
                request(frame.streamID, headers.headers, endsHere: headers.endStream)
            }
        case .data(let data):
            lastProgress = front.readStarted()
            if data.bringsNothing, !idleFrames.receivedOne() { return sendAway(context) }
            received(frame.streamID, data)
        case .windowUpdate:
            lastProgress = front.now()
            if !idleFrames.receivedOne() { sendAway(context) }
        default:
            break
        }
    }

    private func received(_ id: HTTP2StreamID, _ data: HTTP2Frame.FramePayload.Data) {
        guard case .byteBuffer(let bytes) = data.data else { return }
        // The length of the padding takes a byte itself (RFC 9113 §6.1).
        let padding = data.paddingBytes.map { $0 + 1 } ?? 0
        guard let stream = streams[id] else { return consumed(bytes.readableBytes + padding) }
        stream.received(bytes, padding: padding, ends: data.endStream)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flush()
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is NIOHTTP2StreamCreatedEvent:
            openStreams += 1
        case let event as StreamClosedEvent:
            openStreams -= 1
            streams.removeValue(forKey: event.streamID)?.closed()
            closeIfLeft()
        case let event as ChannelEvent where event == .inputClosed:
            life = .leaving
            for stream in Array(streams.values) { stream.inputBroke() }
            flushSoon()
            closeIfLeft()
        default:
            break
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// The frame handler has answered a malformed stream with a reset, a malformed connection with GOAWAY.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is any NIOHTTP2Error else { return context.close(promise: nil) }
        if failed { lingerThenClose(context) }
    }

    private func sendAway(_ context: ChannelHandlerContext) {
        write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: .enhanceYourCalm, opaqueData: nil))
        flush()
        lingerThenClose(context)
    }

    /// Reads no more, and closes when the client has had a moment to read why: a close with bytes unread is a reset that
    /// would take the GOAWAY with it.
    private func lingerThenClose(_ context: ChannelHandlerContext) {
        guard life != .closed else { return }
        teardown()
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        channel.close(mode: .output, promise: nil)
        loop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }

    // MARK: Requests

    private func request(_ id: HTTP2StreamID, _ headers: HPACKHeaders, endsHere: Bool) {
        if let rejection = HTTP2RequestBytes.write(headers, endsHere: endsHere, into: &scratch) ?? parse() {
            let isHead = headers.first(name: ":method") == "HEAD"
            return refuse(id, rejection, inputEnded: endsHere, isHead: isHead)
        }
        if endsHere { return answer(id, body: nil) }
        var length: Int?
        if case .length(let announced) = head.framing { length = announced }
        if head.method.isSafe, length ?? 0 <= HTTP1Connection.maximumKeyedBody {
            streams[id] = HTTP2Stream(id: id, gathering: scratch, on: self, now: now)
            if head.has(.expect) { write(id, .headers(.init(headers: HTTP2Fields.start(100)))) }
            return
        }
        let work = scratch.withUnsafeReadableBytes { front.classifyUnread(head, bytes: $0) }
        let stream = HTTP2Stream(id: id, inputEnded: false, on: self, now: now)
        start(stream, body: nil, work)
    }

    /// Judges the request in ``scratch`` by the grammar of HTTP/1.
    private func parse() -> HeadRejection? {
        let parse = scratch.withUnsafeReadableBytes {
            RequestParser.parse($0, into: &head, limits: front.requestLimits)
        }
        switch parse {
        case .complete: return nil
        case .incomplete: return HeadRejection(400, "the request is malformed")
        case .rejected(let rejection): return rejection
        }
    }

    /// A body that is part of the key is there.
    func gathered(_ stream: HTTP2Stream, head bytes: ByteBuffer, body: ByteBuffer) {
        scratch = bytes
        if let rejection = parse() { return refuse(stream.id, rejection, inputEnded: true) }
        streams[stream.id] = nil
        answer(stream.id, body: body)
    }

    /// From memory where it can be, else by the pipeline.
    private func answer(_ id: HTTP2StreamID, body: ByteBuffer?) {
        let answer = scratch.withUnsafeReadableBytes { bytes -> Front.Answer in
            guard let body else {
                let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
                return front.answer(head, bytes: bytes, body: nothing, certificate: certificate)
            }
            return body.withUnsafeReadableBytes {
                front.answer(head, bytes: bytes, body: $0, certificate: certificate)
            }
        }
        switch answer {
        case .hit(let hit):
            writeHit(id, hit)
            if let renewal = hit.renewal {
                front.renew(hit.entry, renewal, message(body), remoteAddress: remoteAddress)
            }
        case .pipeline(let work):
            start(HTTP2Stream(id: id, inputEnded: true, on: self, now: now), body: body, work)
        }
    }

    private func writeHit(_ id: HTTP2StreamID, _ hit: Hit) {
        let entry = hit.entry
        let hasBody = head.method != .head && !hit.isNotModified && entry.bodyLength > 0
        let headers = HTTP2Fields.of(hit, memo: &front.http2Heads)
        write(id, .headers(.init(headers: headers, endStream: !hasBody)))
        if hasBody { write(id, .data(.init(data: .byteBuffer(entry.body), endStream: true))) }
        flushSoon()
        let record =
            front.logsHit()
            ? scratch.withUnsafeReadableBytes {
                AccessRecord(head, bytes: $0, client: remoteAddress, isHTTP2: true)
            } : nil
        front.served(hit, bytes: entry.headLength + (hasBody ? entry.bodyLength : 0), peer: peer, record: record)
    }

    private func message(_ body: ByteBuffer?) -> RequestMessage {
        var message = scratch.withUnsafeReadableBytes {
            RequestMessage(head, bytes: $0, body: body, certificate: certificate)
        }
        message.isHTTP2 = true
        return message
    }

    private func start(_ stream: HTTP2Stream, body: ByteBuffer?, _ work: Front.Work) {
        let exchange = Exchange(
            request: message(body), startedAt: front.nanoseconds(), loop: loop, remoteAddress: remoteAddress,
            peer: peer, carrier: stream)
        streams[stream.id] = stream
        stream.begin(exchange)
        front.begin(exchange, work)
    }

    func refuse(_ id: HTTP2StreamID, _ rejection: HeadRejection, inputEnded: Bool, isHead: Bool = false) {
        front.refused(rejection)
        let body = ByteBuffer(string: "\(rejection.message)\n")
        let headers = HTTP2Fields.of(rejection, bodyLength: body.readableBytes, detail: Reason.badRequest.rawValue)
        write(id, .headers(.init(headers: headers, endStream: isHead)))
        if !isHead { write(id, .data(.init(data: .byteBuffer(body), endStream: true))) }
        if !inputEnded { write(id, .rstStream(.noError)) }
        flushSoon()
    }

    // MARK: Frames out

    func write(_ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload, _ promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        needsFlush = true
        context.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: promise)
    }

    /// What is written while frames are read goes out together when all are read.
    func flushSoon() {
        if !isReading { flush() }
    }

    private func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    func progressed() {
        lastProgress = now
    }

    /// Gives the peer room on the connection for body that was dealt with.
    func consumed(_ bytes: Int) {
        guard life != .closed, bytes > 0, let increment = window.consume(bytes) else { return }
        write(.rootStream, .windowUpdate(windowSizeIncrement: increment))
        flushSoon()
    }

    // MARK: Ends

    func drainAndClose() {
        guard life == .open else { return }
        life = .leaving
        goAway(.maxID)
        loop.assumeIsolated().scheduleTask(in: Self.farewell) { [weak self] in
            guard let self, life != .closed else { return }
            goAway(lastStream)
            closeIfLeft()
        }
    }

    func closeNow() {
        context?.close(promise: nil)
    }

    private func goAway(_ last: HTTP2StreamID) {
        write(.rootStream, .goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil))
        flush()
    }

    private func closeIfLeft() {
        guard life == .leaving, openStreams <= 0 else { return }
        flush()
        context?.close(promise: nil)
    }

    func checkTime(_ now: Int64) {
        guard life != .closed else { return }
        let limits = front.timeLimits
        for stream in Array(streams.values) { stream.checkTime(now, limits) }
        let quiet = now - lastProgress
        if openStreams <= 0, quiet > limits.idle {
            goAway(lastStream)
            closeNow()
        } else if openStreams > streams.count, quiet > limits.body {
            // Answers out of memory that nobody takes.
            closeNow()
        }
    }
}

extension HTTP2Connection: NIOHTTP2FrameDelegate {
    func wroteFrame(_ frame: HTTP2Frame) {
        idleFrames.sent(frame)
        if case .goAway(_, let code, _) = frame.payload, code != .noError { failed = true }
    }
}

extension HTTP2Frame.FramePayload.Data {
    /// Neither body nor padding nor an end.
    fileprivate var bringsNothing: Bool {
        guard case .byteBuffer(let bytes) = data else { return false }
        return bytes.readableBytes == 0 && paddingBytes == nil && !endStream
    }
}

/// Hash of a client's address, for prefetch.
enum PeerHash {
    static func of(_ remoteAddress: String) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(remoteAddress)
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }
}
