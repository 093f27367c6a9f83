import NIOCore
import RiffleCache
import RiffleHTTP
import RiffleHTTP2
import RiffleTelemetry

/// One HTTP/2 connection of a client (RFC 9113), from first byte to last: hits are answered at once, frame by frame, and
/// only a request that needs the pipeline, brings a body, or must wait for room becomes a stream with state.
///
/// Confined to its event loop. This file reads frames and ends the connection; what frames and requests mean stands in
/// extensions.
final class HTTP2Connection: ChannelDuplexHandler, ClientConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Between the two GOAWAY frames of a graceful end: time for requests already on their way (RFC 9113 §6.8).
    private static let farewell = TimeAmount.milliseconds(250)
    /// After the last frame is out: a close with bytes unread is a reset that would take that frame with it.
    private static let linger = TimeAmount.milliseconds(500)

    /// What the client has still to begin with (§3.4).
    enum Greeting {
        case preface, settings, done
    }

    enum Life {
        case open
        /// Told to go; ends with its last stream, and after the second GOAWAY takes no new ones.
        case leaving(takesNoMore: Bool)
        /// Says and hears nothing more.
        case over
    }

    let front: Front
    let remoteAddress: String
    let output: HTTP2Output
    let certificate: ClientCertificate?
    let peer: UInt64
    let loop: any EventLoop
    var greeting = Greeting.preface
    var life = Life.open
    var streams: [StreamID: HTTP2Stream] = [:]
    var ledger = StreamLedger()
    var decoder = HPACKDecoder()
    /// A header block whose end has not come yet.
    var block: HeaderBlock?
    var window = ReceiveWindow(size: HTTP2Limits.connectionWindow)
    var resets = HTTP2Limits.resetRate()
    var faults = HTTP2Limits.faultRate()
    var controls = HTTP2Limits.controlRate()
    var requests = 0
    var head = RequestHead()
    var scratch = ByteBuffer()
    var lastProgress: Int64
    /// When the frames being worked on were read.
    var readAt: Int64
    private var context: ChannelHandlerContext?
    private var inbound = ByteBuffer()
    private var isProcessing = false
    private var readWithheld = false
    private var isCounted = false

    var now: Int64 { front.now() }

    init(front: Front, remoteAddress: String, output: ClientOutput, certificate: ClientCertificate? = nil) {
        self.front = front
        self.remoteAddress = remoteAddress
        self.output = HTTP2Output(output)
        self.certificate = certificate
        loop = front.loop
        peer = PeerHash.of(remoteAddress)
        lastProgress = front.now()
        readAt = lastProgress
    }

    var isOver: Bool {
        if case .over = life { return true }
        return false
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output.attach(context)
        isCounted = true
        front.connectionOpened(self)
        output.settings(HTTP2Limits.settings)
        // The window of the connection starts at 65,535 bytes whatever the settings say (RFC 9113 §6.9.2).
        output.makeRoom(HTTP2Limits.connectionWindow - 65_535, on: 0)
        sendSoon()
    }

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        gone()
        self.context = nil
        output.attach(nil)
    }

    private func gone() {
        endStreams()
        guard isCounted else { return }
        isCounted = false
        front.connectionClosed(self)
    }

    private func endStreams() {
        life = .over
        let left = streams
        streams.removeAll()
        for stream in left.values { stream.closed() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed, !isOver {
            life = .leaving(takesNoMore: true)
            for stream in Array(streams.values) { stream.inputBroke() }
            sendSoon()
            closeIfLeft()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        guard !isOver else { return }
        readAt = front.readStarted()
        if inbound.readableBytes == 0 {
            inbound = buffer
        } else {
            inbound.writeBuffer(&buffer)
        }
        process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        output.flush()
        // Nobody stands behind this handler. Asking here for more spares the channel asking through all of them.
        if output.isWritable { context.read() }
    }

    /// A client that does not read what it is sent is not heard either: its frames wait until it does.
    func read(context: ChannelHandlerContext) {
        if output.isWritable {
            context.read()
        } else {
            readWithheld = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        output.isWritable = context.channel.isWritable
        if output.isWritable {
            readAt = front.readStarted()
            process()
            sendSoon()
            if readWithheld {
                readWithheld = false
                context.read()
            }
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Frames in

    /// Works through the bytes at hand.
    private func process() {
        guard !isProcessing else { return }
        isProcessing = true
        while !isOver, output.isWritable, inbound.readableBytes > 0, step() {}
        // What is read is never read again: its memory goes back to the channel's pool.
        if inbound.readableBytes == 0 || isOver {
            inbound = ByteBuffer()
        } else {
            inbound.discardReadBytes()
        }
        isProcessing = false
        send()
    }

    /// - Returns: false when more bytes are needed.
    private func step() -> Bool {
        if greeting == .preface { return readPreface() }
        guard inbound.readableBytes >= FrameHeader.size else { return false }
        let header = inbound.withUnsafeReadableBytes { FrameHeader($0) }
        if let fault = header.fault {
            fail(fault)
            return false
        }
        guard inbound.readableBytes >= FrameHeader.size + header.length else { return false }
        inbound.moveReaderIndex(forwardBy: FrameHeader.size)
        guard let payload = inbound.readSlice(length: header.length) else { return false }
        received(header, payload)
        return true
    }

    private func readPreface() -> Bool {
        switch HTTP2Preface.match(inbound) {
        case .partial: return false
        case .whole:
            inbound.moveReaderIndex(forwardBy: HTTP2Preface.length)
            greeting = .settings
            return true
        case .none:
            fail(.protocolError)
            return false
        }
    }

    // MARK: Frames out

    /// Sends what there is to send, unless frames are being read: then it goes out when all are.
    func sendSoon() {
        guard !isProcessing else { return }
        send()
        output.flush()
    }

    private func send() {
        output.send()
        if output.isBroken { context?.close(promise: nil) }
    }

    func progressed() {
        lastProgress = now
    }

    /// Gives the peer room on the connection for body that was dealt with.
    func consumed(_ bytes: Int) {
        guard !isOver, bytes > 0, let increment = window.consume(bytes) else { return }
        output.makeRoom(increment, on: 0)
        sendSoon()
    }

    // MARK: Ends

    /// The peer has broken the rules of the connection: tells it which, and hears no more of it (RFC 9113 §5.4.1).
    func fail(_ code: ErrorCode) {
        guard !isOver else { return }
        output.goAway(ledger.last, code)
        lingerThenClose()
    }

    private func lingerThenClose() {
        endStreams()
        inbound.clear()
        output.send()
        output.flush()
        guard let context else { return }
        let channel = context.channel
        context.close(mode: .output).assumeIsolated().whenComplete { [loop] _ in
            loop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
        }
    }

    func drainAndClose() {
        guard case .open = life else { return }
        life = .leaving(takesNoMore: false)
        output.goAway(FrameHeader.largestStream, .noError)
        sendSoon()
        loop.assumeIsolated().scheduleTask(in: Self.farewell) { [weak self] in
            guard let self, !isOver else { return }
            life = .leaving(takesNoMore: true)
            output.goAway(ledger.last, .noError)
            sendSoon()
            closeIfLeft()
        }
    }

    func closeNow() {
        context?.close(promise: nil)
    }

    /// The last stream of a connection that was told to go takes it along.
    func closeIfLeft() {
        guard case .leaving(takesNoMore: true) = life, streams.isEmpty else { return }
        sendSoon()
        lingerThenClose()
    }

    func checkTime(_ now: Int64) {
        let limits = front.timeLimits
        let quiet = now - lastProgress
        guard !isOver else {
            // What is left to send is not taken.
            if quiet > limits.body { closeNow() }
            return
        }
        for stream in Array(streams.values) where !stream.keepsTime(now, limits) { return closeNow() }
        if streams.isEmpty, quiet > limits.idle {
            output.goAway(ledger.last, .noError)
            lingerThenClose()
        } else if block != nil || inbound.readableBytes > 0, quiet > limits.head, output.isWritable {
            closeNow()
        } else if !output.isWritable, quiet > limits.body {
            closeNow()
        }
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
