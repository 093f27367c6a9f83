import Glibc

/// One connection of the generator: its layers and what came so far of an answer. Owned by its loop, which knows who waits.
struct Connection {
    enum State {
        case connecting, handshaking
        /// HTTP/2: the peer has not said yet what it allows.
        case settling
        case open, closed
    }

    /// A response head longer than this is a framing error.
    static let maxHeadBytes = 64 << 10

    enum Fed { case more, complete, failed }
    enum Received { case bytes(Int), again, closed, failed }

    var state = State.closed
    private(set) var descriptor: Int32 = -1
    /// When it last began to connect.
    private(set) var openedAt: UInt64 = 0
    private(set) var label = OutcomeLabel.none
    private(set) var retryAt: UInt64 = .max
    var retryDelay: UInt64 = 0
    private(set) var tls: TLSLink?
    var http2: HTTP2Link?
    /// Bytes the socket would not take yet.
    private var unsent: [UInt8] = []
    /// Frames that leave together (HTTP/2).
    private var queue: [UInt8] = []
    /// Whether the loop knows that there is something to flush.
    var isQueued = false
    private var bodiless = false
    private var inBody = false
    private var surplus = false
    private var partialHead: [UInt8] = []
    private var scanner = ResponseScanner()

    var status: Int { scanner.status }
    var endsAtClose: Bool { http2 == nil && inBody && scanner.endsAtClose }
    var hasUnsent: Bool { !unsent.isEmpty }
    /// Whether what comes while nothing was asked may be the connection's own business rather than its end.
    var hasLayers: Bool { tls != nil || http2 != nil }

    /// Bytes after the response would be an answer to nothing: such a connection is not used again.
    var canCarry: Bool {
        if let http2 { return http2.canBegin }
        return unsent.isEmpty && scanner.keepsAlive && !surplus
    }

    mutating func opened(_ descriptor: Int32, tls: TLSLink?, now: UInt64) {
        self.descriptor = descriptor
        self.tls = tls
        http2 = nil
        unsent.removeAll(keepingCapacity: true)
        queue.removeAll(keepingCapacity: true)
        state = .connecting
        openedAt = now
        surplus = false
        partialHead.removeAll(keepingCapacity: true)
    }

    mutating func close(retryAt: UInt64) {
        descriptor = -1
        tls = nil
        http2 = nil
        state = .closed
        self.retryAt = retryAt
    }

    /// A request in HTTP/1.1 is about to be written.
    @inline(__always)
    mutating func start(bodiless: Bool) {
        self.bodiless = bodiless
        inBody = false
        label = .none
    }

    // MARK: Bytes

    @inline(__always)
    func read(_ buffer: UnsafeMutableRawBufferPointer) -> Received {
        if let tls { return tls.read(buffer) }
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .bytes(count) }
        if count == 0 { return .closed }
        return errno == EAGAIN || errno == EINTR ? .again : .failed
    }

    /// Writes what it can and keeps the rest; false when the connection is broken.
    @inline(__always)
    mutating func write(_ bytes: UnsafeRawPointer, _ count: Int) -> Bool {
        guard unsent.isEmpty else {
            unsent.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
            return true
        }
        guard let taken = put(bytes, count) else { return false }
        if taken < count {
            unsent.append(contentsOf: UnsafeRawBufferPointer(start: bytes + taken, count: count - taken))
        }
        return true
    }

    /// Goes on with what the socket would not take.
    mutating func writeRest() -> Bool {
        let rest = unsent
        unsent.removeAll(keepingCapacity: true)
        return rest.withUnsafeBytes { bytes in bytes.baseAddress.map { write($0, bytes.count) } ?? true }
    }

    /// Keeps a frame for the next ``flush()``.
    mutating func enqueue(_ bytes: UnsafeRawPointer, _ count: Int) {
        queue.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// Writes what was kept, and what HTTP/2 has to say on its own behalf; false when the connection is broken.
    mutating func flush() -> Bool {
        http2?.takeControl(into: &queue)
        guard !queue.isEmpty else { return true }
        var bytes: [UInt8] = []
        swap(&bytes, &queue)
        let isWhole = bytes.withUnsafeBytes { bytes in bytes.baseAddress.map { write($0, bytes.count) } ?? true }
        bytes.removeAll(keepingCapacity: true)
        swap(&bytes, &queue)
        return isWhole
    }

    @inline(__always)
    private func put(_ bytes: UnsafeRawPointer, _ count: Int) -> Int? {
        if let tls { return tls.write(bytes, count) }
        let sent = Glibc.send(descriptor, bytes, count, Int32(MSG_NOSIGNAL))
        if sent >= 0 { return sent }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    @inline(__always)
    mutating func feed(_ bytes: UnsafeRawBufferPointer) -> Fed {
        if inBody { return body(bytes, from: 0) }
        if partialHead.isEmpty, let fed = heads(bytes) { return fed }
        return join(bytes)
    }

    /// Heads straight from the read buffer; nil when one is incomplete.
    @inline(__always)
    private mutating func heads(_ bytes: UnsafeRawBufferPointer) -> Fed? {
        var start = 0
        while let end = ResponseScanner.headEnd(bytes, from: start) {
            if scanner.head(bytes, from: start, to: end, bodiless: bodiless) != nil { return .failed }
            // Interim responses (RFC 9110 §15.2) precede the one that counts.
            if scanner.status < 200 {
                guard scanner.status != 101 else { return .failed }
                start = end
                if start == bytes.count { return .more }
                continue
            }
            if !scanner.cacheStatus.isEmpty { label = OutcomeLabel.parse(bytes, scanner.cacheStatus) }
            inBody = true
            return body(bytes, from: end)
        }
        return nil
    }

    /// The slow way: a head that came in pieces is put together first.
    private mutating func join(_ bytes: UnsafeRawBufferPointer) -> Fed {
        guard partialHead.count + bytes.count <= Self.maxHeadBytes + LoadLoop.readBytes else { return .failed }
        partialHead.append(contentsOf: bytes)
        let joined = partialHead
        let fed = joined.withUnsafeBytes { heads($0) }
        if let fed {
            partialHead.removeAll(keepingCapacity: true)
            return fed
        }
        return partialHead.count > Self.maxHeadBytes ? .failed : .more
    }

    @inline(__always)
    private mutating func body(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Fed {
        switch scanner.body(bytes, from: start) {
        case .more: return .more
        case .complete(let end):
            surplus = end < bytes.count
            return .complete
        case .failed: return .failed
        }
    }
}
