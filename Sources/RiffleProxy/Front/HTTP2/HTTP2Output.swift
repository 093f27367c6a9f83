import NIOCore
import RiffleCache
import RiffleHTTP2

/// The way out of one HTTP/2 connection: frames are put together here and leave in one piece, within the windows of the
/// connection and its streams (RFC 9113 §5.2), streams with much to say taking turns.
///
/// Body is held back while the client does not read, so that no more than ``batch`` bytes and what the channel holds are
/// owed to it beside the frames that answer its own. Confined to the connection's event loop.
final class HTTP2Output {
    /// Bytes put together before they are handed on, and the largest body of a hit that leaves without taking turns.
    private static let batch = 64 << 10
    /// Memory kept while there is nothing to send.
    private static let kept = 2 << 10

    private let output: ClientOutput
    private var buffer = ByteBuffer()
    /// Bytes that left together last.
    private var lastBatch = 0
    private var window = SendWindow()
    private var waiting = CircularBuffer<HTTP2Stream>()
    private var idleFrames = IdleFrames(HTTP2Limits.idleFrames)
    private var saidNoTable = false
    private var isSending = false
    private(set) var peer = PeerSettings()
    /// Whether the client takes what it is sent; what the channel says.
    var isWritable = true
    /// The client is gone, by what its socket says.
    private(set) var isBroken = false

    init(_ output: ClientOutput) {
        self.output = output
    }

    /// - Parameter context: the place in the channel's pipeline that writes start from; nil when that is left.
    func attach(_ context: ChannelHandlerContext?) {
        output.attach(context)
    }

    // MARK: Frames

    func settings(_ payload: [UInt8]) {
        begin(FrameHeader(.settings, length: payload.count))
        buffer.writeBytes(payload)
    }

    func acknowledgeSettings() {
        begin(FrameHeader(.settings, .ack, length: 0))
    }

    func acknowledgePing(_ data: UInt64) {
        begin(FrameHeader(.ping, .ack, length: 8))
        buffer.writeInteger(data)
    }

    func goAway(_ last: StreamID, _ code: ErrorCode) {
        begin(FrameHeader(.goAway, length: 8))
        buffer.writeInteger(last)
        buffer.writeInteger(code.rawValue)
    }

    func reset(_ stream: StreamID, _ code: ErrorCode) {
        begin(FrameHeader(.reset, stream: stream, length: 4))
        buffer.writeInteger(code.rawValue)
    }

    /// - Parameter stream: 0 for the connection.
    func makeRoom(_ increment: Int, on stream: StreamID) {
        begin(FrameHeader(.windowUpdate, stream: stream, length: 4))
        buffer.writeInteger(UInt32(truncatingIfNeeded: increment))
    }

    /// A header block, in as many frames as it takes.
    func head(_ block: [UInt8], ends: Bool, on stream: StreamID) {
        var rest = block[...]
        if peer.wantsSmallerTable, !saidNoTable {
            saidNoTable = true
            rest = ([HPACKWriter.noTable] + block)[...]
        }
        var kind = FrameKind.headers
        repeat {
            let part = rest.prefix(FrameHeader.largestPayload)
            rest = rest.dropFirst(part.count)
            var flags: FrameFlags = rest.isEmpty ? .endHeaders : []
            if ends, kind == .headers { flags.insert(.endStream) }
            begin(FrameHeader(kind, flags, stream: stream, length: part.count))
            buffer.writeBytes(part)
            kind = .continuation
        } while !rest.isEmpty
    }

    private func begin(_ header: FrameHeader) {
        idleFrames.sent(body: header.kind == .data ? header.length : 0)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.size) {
            header.write(into: $0)
            return FrameHeader.size
        }
    }

    /// Writes the whole answer of a hit, in one pass over memory that is there already.
    ///
    /// - Parameters:
    ///   - block: of the stored head.
    ///   - streamRoom: the window of the stream.
    /// - Returns: false when it does not fit into the windows, or is not as simple as that: nothing is written then.
    func write(_ hit: Hit, _ block: [UInt8], withBody: Bool, on stream: StreamID, room streamRoom: Int) -> Bool {
        let body = withBody ? hit.entry.bodyLength : 0
        guard isWritable, body <= Self.batch, body <= min(window.room, streamRoom),
            block.count + HitFields.room <= FrameHeader.largestPayload, !peer.wantsSmallerTable || saidNoTable
        else { return false }
        let frames = (body + FrameHeader.largestPayload - 1) / FrameHeader.largestPayload
        let most = block.count + HitFields.room + body + (1 + frames) * FrameHeader.size
        if buffer.storageCapacity == 0 { buffer.reserveCapacity(max(most, lastBatch)) }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
            var writer = RawWriter(room)
            writer.skip(FrameHeader.size)
            block.withUnsafeBytes { writer.put($0) }
            HTTP2Fields.put(hit, into: &writer)
            let flags: FrameFlags = body == 0 ? [.endHeaders, .endStream] : .endHeaders
            FrameHeader(.headers, flags, stream: stream, length: writer.count - FrameHeader.size).write(into: room)
            if body > 0 { hit.entry.withBody { Self.write($0, on: stream, into: &writer, room) } }
            return writer.count
        }
        window.take(body)
        idleFrames.sent(frames: 1 + frames, body: body)
        if buffer.readableBytes >= Self.batch { hand() }
        return true
    }

    private static func write(
        _ body: UnsafeRawBufferPointer, on stream: StreamID, into writer: inout RawWriter,
        _ room: UnsafeMutableRawBufferPointer
    ) {
        var start = 0
        while start < body.count {
            let end = min(body.count, start + FrameHeader.largestPayload)
            FrameHeader(.data, end == body.count ? .endStream : [], stream: stream, length: end - start)
                .write(into: UnsafeMutableRawBufferPointer(rebasing: room[writer.count...]))
            writer.skip(FrameHeader.size)
            writer.put(UnsafeRawBufferPointer(rebasing: body[start..<end]))
            start = end
        }
    }

    // MARK: What the peer says

    /// - Returns: what is wrong about it, nil when it is taken in.
    func apply(_ settings: UnsafeRawBufferPointer, to streams: some Sequence<HTTP2Stream>) -> ErrorCode? {
        switch peer.apply(settings) {
        case .failure(let code): return code
        case .success(let change):
            guard change != 0 else { return nil }
            for stream in streams {
                guard stream.outgoing.window.grow(by: change) else { return .flowControlError }
                enqueue(stream)
            }
            return nil
        }
    }

    /// - Returns: false when the connection's window grows beyond what it can be.
    func grow(by increment: Int) -> Bool {
        window.grow(by: increment)
    }

    /// - Returns: false when the peer has sent more frames that bring nothing than it has reason for.
    func receivedIdleFrame() -> Bool {
        idleFrames.receivedOne()
    }

    // MARK: Streams in turn

    /// The stream has something to send; it gets its turn with ``send()``.
    func enqueue(_ stream: HTTP2Stream) {
        guard !stream.isWaiting, stream.outgoing.isReady else { return }
        stream.isWaiting = true
        waiting.append(stream)
    }

    func forget(_ stream: HTTP2Stream) {
        guard stream.isWaiting else { return }
        stream.isWaiting = false
        waiting.removeAll { $0 === stream }
    }

    /// Sends what the windows and the client let through: frames put together so far, then a frame of each stream in turn.
    func send() {
        guard !isSending else { return }
        isSending = true
        defer { isSending = false }
        while isWritable, !isBroken, let stream = waiting.popFirst() {
            guard let frame = stream.outgoing.next(room: window.room) else {
                guard stream.outgoing.isReady else {
                    stream.isWaiting = false
                    continue
                }
                // The connection's window is used up, for all of them.
                waiting.prepend(stream)
                break
            }
            stream.isWaiting = false
            let length = write(frame, on: stream.id)
            enqueue(stream)
            if buffer.readableBytes >= Self.batch {
                hand()
                output.flush()
            }
            stream.sent(length)
        }
        hand()
    }

    /// - Returns: bytes of body.
    private func write(_ frame: OutgoingBody.Frame, on stream: StreamID) -> Int {
        switch frame {
        case .trailers(let block):
            head(block, ends: true, on: stream)
            return 0
        case .data(let part, let ends):
            let length = part.readableBytes
            begin(FrameHeader(.data, ends ? .endStream : [], stream: stream, length: length))
            buffer.writeImmutableBuffer(part)
            window.take(length)
            return length
        }
    }

    /// Gives what was put together to the socket or the channel.
    private func hand() {
        guard buffer.readableBytes > 0 else { return }
        lastBatch = buffer.readableBytes
        if !output.send(&buffer) { isBroken = true }
        if buffer.storageCapacity > Self.kept { buffer = ByteBuffer() }
    }

    func flush() {
        output.flush()
    }
}
