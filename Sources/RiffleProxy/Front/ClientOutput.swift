import NIOCore
import RiffleCache

/// The way out of one HTTP/1 connection.
///
/// Answers out of memory go to the socket directly where there is no TLS and the channel holds nothing that must go first;
/// what the socket does not take, and everything else, goes the way of the channel, which waits for room. Confined to the
/// connection's event loop.
final class ClientOutput {
    private let channel: any Channel
    private var context: ChannelHandlerContext?
    private let socket: DirectSocket?
    /// Whether the channel may hold bytes.
    private var channelHolds = false
    private var needsFlush = false

    init(_ channel: any Channel, isPlain: Bool) {
        self.channel = channel
        socket = isPlain ? DirectSocket(channel.pipeline.syncOperations) : nil
    }

    /// - Parameter context: the place in the channel's pipeline that writes start from; nil when that is left.
    func attach(_ context: ChannelHandlerContext?) {
        self.context = context
    }

    /// Hands a part of an answer to the channel.
    func write(_ buffer: ByteBuffer) {
        context?.write(NIOAny(buffer), promise: nil)
        channelHolds = true
        needsFlush = true
    }

    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    /// Sends and forgets what was gathered.
    ///
    /// - Returns: false when the connection is broken.
    @inline(__always)
    func send(_ answers: AnswerBuffer) -> Bool {
        guard !answers.isEmpty else { return true }
        defer { answers.clear() }
        guard let socket = openSocket() else {
            write(ByteBuffer(bytes: answers.bytes))
            return true
        }
        guard let sent = socket.send(answers.bytes) else { return false }
        if sent < answers.count { write(ByteBuffer(bytes: answers.bytes[sent...])) }
        return true
    }

    /// Sends and forgets what is in `buffer`.
    ///
    /// - Returns: false when the connection is broken.
    func send(_ buffer: inout ByteBuffer) -> Bool {
        guard let socket = openSocket() else {
            write(buffer)
            buffer = ByteBuffer()
            return true
        }
        guard let sent = buffer.withUnsafeReadableBytes({ socket.send($0) }) else { return false }
        buffer.moveReaderIndex(forwardBy: sent)
        if buffer.readableBytes > 0 {
            write(buffer)
            buffer = ByteBuffer()
        } else {
            buffer.clear()
        }
        return true
    }

    /// Sends what was gathered and the body of `entry` behind it, which is not copied when it is large.
    ///
    /// - Returns: false when the connection is broken.
    func send(_ answers: AnswerBuffer, bodyOf entry: Entry) -> Bool {
        defer { answers.clear() }
        var sent = 0
        if let socket = openSocket() {
            let taken = entry.withBody { socket.send(answers.bytes, $0) }
            guard let taken else { return false }
            sent = taken
        }
        if sent < answers.count { write(ByteBuffer(bytes: answers.bytes[sent...])) }
        let sentOfBody = max(0, sent - answers.count)
        if sentOfBody < entry.bodyLength { write(entry.body.slice(from: sentOfBody)) }
        return true
    }

    /// The socket, when nothing is in the way to it.
    @inline(__always)
    private func openSocket() -> DirectSocket? {
        // A closed channel has given its socket's number back: it may be somebody else's by now.
        guard let socket, channel.isActive else { return nil }
        guard channelHolds else { return socket }
        flush()
        guard let held = try? channel.syncOptions?.getOption(.bufferedWritableBytes), held == 0 else { return nil }
        channelHolds = false
        return socket
    }
}
