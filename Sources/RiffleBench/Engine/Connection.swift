import Glibc

/// One connection of the generator: what it waits for and what came so far. Owned by its loop.
struct Connection {
    enum State { case connecting, handshaking, idle, waiting, closed }

    /// A response head longer than this is a framing error.
    static let maxHeadBytes = 64 << 10

    enum Fed { case more, complete, failed }
    enum Received { case bytes(Int), again, closed, failed }

    var state = State.closed
    private(set) var descriptor: Int32 = -1
    private(set) var planned: UInt64 = 0
    private(set) var sentAt: UInt64 = 0
    private var scannedLabel = OutcomeLabel.none
    private(set) var retryAt: UInt64 = .max
    var retryDelay: UInt64 = 0
    var thinksUntil: UInt64 = 0
    private(set) var tls: TLSLink?
    private(set) var http2: HTTP2Link?
    /// Bytes the socket would not take yet.
    private var unsent: [UInt8] = []
    private var bodiless = false
    private var inBody = false
    private var surplus = false
    private var partialHead: [UInt8] = []
    private var scanner = ResponseScanner()

    var status: Int { http2?.status ?? scanner.status }
    var label: OutcomeLabel { http2?.label ?? scannedLabel }
    var endsAtClose: Bool { http2 == nil && inBody && scanner.endsAtClose }
    var hasUnsent: Bool { !unsent.isEmpty }
    /// Whether what comes while nothing was asked may be the connection's own business rather than its end.
    var hasLayers: Bool { tls != nil || http2 != nil }

    /// Bytes after the response would be an answer to nothing: such a connection is not used again.
    func canCarry(body: Int) -> Bool {
        guard unsent.isEmpty else { return false }
        return http2.map { $0.canCarry(body: body) } ?? (scanner.keepsAlive && !surplus)
    }

    mutating func opened(_ descriptor: Int32, tls: TLSLink?, now: UInt64) {
        self.descriptor = descriptor
        self.tls = tls
        http2 = nil
        unsent.removeAll(keepingCapacity: true)
        state = .connecting
        sentAt = now
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

    mutating func speakHTTP2() { http2 = HTTP2Link() }

    /// - Returns: the stream of the request about to be written; 0 in HTTP/1.1.
    @inline(__always)
    mutating func start(bodiless: Bool, body: Int = 0, planned: UInt64, now: UInt64) -> UInt32 {
        self.bodiless = bodiless
        self.planned = planned
        sentAt = now
        state = .waiting
        inBody = false
        scannedLabel = .none
        return http2?.begin(body: body) ?? 0
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

    /// What HTTP/2 has to say on its own behalf.
    mutating func writeControl() -> Bool {
        guard let control = http2?.takeControl(), !control.isEmpty else { return true }
        return control.withUnsafeBytes { bytes in bytes.baseAddress.map { write($0, bytes.count) } ?? true }
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
        if http2 != nil { return http2?.feed(bytes) ?? .failed }
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
            if !scanner.cacheStatus.isEmpty { scannedLabel = OutcomeLabel.parse(bytes, scanner.cacheStatus) }
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
