import CHiredis
import NIOCore

/// The reply stream of one connection broke its grammar or a limit; the connection can't be used any further.
struct ReplyStreamError: Error, Equatable {
    let message: String
}

/// Cuts the bytes of one connection into replies by `redisReader`.
///
/// The reader frees only a reply's root, so nested replies belong to their parents. It never trusts a length it was
/// sent: bytes waiting for an end, bytes kept and elements of one reply are bounded.
final class ReplyDecoder {
    struct Limits {
        /// Bytes of one string, with its framing, that may wait for its end.
        var unfinished = 17 << 20
        /// Bytes of all strings of one reply.
        var bytes = 32 << 20
        /// Elements of one reply, nested ones included.
        var elements = 65_536
    }

    private let reader: UnsafeMutablePointer<redisReader>
    /// The reader keeps a pointer to this table, so it lives as long as the reader.
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let tally: ReplyTally
    private let limits: Limits
    private var broken = false

    /// Nil only when memory has run out.
    init?(limits: Limits = Limits()) {
        functions = .allocate(capacity: 1)
        functions.initialize(to: replyFunctions())
        guard let reader = redisReaderCreateWithFunctions(functions) else {
            functions.deallocate()
            return nil
        }
        self.reader = reader
        self.limits = limits
        tally = ReplyTally(bytes: limits.bytes, elements: limits.elements)
        reader.pointee.privdata = Unmanaged.passUnretained(tally).toOpaque()
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    /// Takes what arrived; the bytes are copied.
    func feed(_ bytes: ByteBuffer) throws(ReplyStreamError) {
        try refuseWhenBroken()
        let status = bytes.withUnsafeReadableBytes { raw in
            redisReaderFeed(reader, raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count)
        }
        guard status == REDIS_OK else { throw fail() }
    }

    /// The next whole reply, nil until more bytes come.
    func next() throws(ReplyStreamError) -> Reply? {
        try refuseWhenBroken()
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw fail() }
        guard let object else {
            guard reader.pointee.len - reader.pointee.pos <= limits.unfinished else {
                broken = true
                throw ReplyStreamError(message: "a reply is too large")
            }
            return nil
        }
        // A newer hiredis stands in a small number for a type it has no function for (RESP3, which was not asked for).
        guard UInt(bitPattern: object) > 4_096 else {
            broken = true
            // The reader believes that the caller owns the object now; there is none to free.
            throw ReplyStreamError(message: "a reply is of no RESP2 type")
        }
        tally.reset()
        return Unmanaged<ReplyNode>.fromOpaque(object).takeRetainedValue().reply
    }

    private func refuseWhenBroken() throws(ReplyStreamError) {
        if broken { throw ReplyStreamError(message: "the reply stream is broken") }
    }

    private func fail() -> ReplyStreamError {
        broken = true
        let message = withUnsafeBytes(of: reader.pointee.errstr) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
        return ReplyStreamError(message: message)
    }
}

/// What one reply may still cost while it is read.
private final class ReplyTally {
    private let maximumBytes: Int
    private let maximumElements: Int
    private var bytes = 0
    private var elements = 0

    init(bytes: Int, elements: Int) {
        maximumBytes = bytes
        maximumElements = elements
    }

    func reset() {
        bytes = 0
        elements = 0
    }

    func admit(bytes more: Int, elements count: Int = 1) -> Bool {
        guard more >= 0, count >= 0, more <= maximumBytes - bytes, count <= maximumElements - elements else {
            return false
        }
        bytes += more
        elements += count
        return true
    }
}

/// A reply while it grows: an array gets its elements one by one.
private final class ReplyNode {
    enum Content {
        case leaf(Reply)
        case array([ReplyNode])
    }

    var content: Content

    init(_ content: Content) { self.content = content }

    var reply: Reply {
        switch content {
        case .leaf(let reply): reply
        case .array(let nodes): .array(nodes.map(\.reply))
        }
    }

    func append(_ node: ReplyNode) {
        guard case .array(var nodes) = content else { return }
        content = .array([])
        nodes.append(node)
        content = .array(nodes)
    }
}

/// Hands a new node to its parent, or to the reader when it is the root.
private func place(_ content: ReplyNode.Content, _ task: UnsafePointer<redisReadTask>) -> UnsafeMutableRawPointer? {
    let node = ReplyNode(content)
    guard let parent = task.pointee.parent else { return Unmanaged.passRetained(node).toOpaque() }
    guard let object = parent.pointee.obj else { return nil }
    Unmanaged<ReplyNode>.fromOpaque(object).takeUnretainedValue().append(node)
    return Unmanaged.passUnretained(node).toOpaque()
}

private func admit(_ task: UnsafePointer<redisReadTask>, bytes: Int = 0, elements: Int = 1) -> Bool {
    guard let tally = task.pointee.privdata else { return false }
    return Unmanaged<ReplyTally>.fromOpaque(tally).takeUnretainedValue().admit(bytes: bytes, elements: elements)
}

/// Returning nil tells the reader that memory has run out, which ends the stream. Types are left to inference because
/// they differ between hiredis 0.14 and 1.x.
private func replyFunctions() -> redisReplyObjectFunctions {
    var functions = redisReplyObjectFunctions()
    functions.createString = { task, start, length in
        guard let task, let start, admit(task, bytes: Int(length)) else { return nil }
        let raw = UnsafeRawBufferPointer(start: start, count: Int(length))
        switch task.pointee.type {
        case REDIS_REPLY_STATUS: return place(.leaf(.status(String(decoding: raw, as: UTF8.self))), task)
        case REDIS_REPLY_ERROR: return place(.leaf(.error(String(decoding: raw, as: UTF8.self))), task)
        default: return place(.leaf(.bytes(ByteBuffer(bytes: raw))), task)
        }
    }
    functions.createArray = { task, count in
        guard let task, let count = Int(exactly: count), admit(task, elements: count) else { return nil }
        return place(.array([]), task)
    }
    functions.createInteger = { task, value in
        guard let task, admit(task) else { return nil }
        return place(.leaf(.integer(value)), task)
    }
    functions.createNil = { task in
        guard let task, admit(task) else { return nil }
        return place(.leaf(.null), task)
    }
    functions.freeObject = { object in
        guard let object, UInt(bitPattern: object) > 4_096 else { return }
        Unmanaged<ReplyNode>.fromOpaque(object).release()
    }
    return functions
}
