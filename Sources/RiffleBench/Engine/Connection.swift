/// One connection of the generator: what it waits for and what came so far. Owned by its loop.
struct Connection {
    enum State { case connecting, idle, waiting, closed }

    /// A response head longer than this is a framing error.
    static let maxHeadBytes = 64 << 10

    enum Fed { case more, complete, failed }

    var state = State.closed
    private(set) var descriptor: Int32 = -1
    private(set) var planned: UInt64 = 0
    private(set) var sentAt: UInt64 = 0
    private(set) var label = OutcomeLabel.none
    private(set) var retryAt: UInt64 = .max
    var retryDelay: UInt64 = 0
    var unsent = 0..<0
    var thinksUntil: UInt64 = 0
    private var bodiless = false
    private var inBody = false
    private var surplus = false
    private var partialHead: [UInt8] = []
    private var scanner = ResponseScanner()

    var status: Int { scanner.status }
    var endsAtClose: Bool { inBody && scanner.endsAtClose }
    /// Bytes after the response would be an answer to nothing: such a connection is not used again.
    var reusable: Bool { scanner.keepsAlive && !surplus && unsent.isEmpty }

    mutating func opened(_ descriptor: Int32, now: UInt64) {
        self.descriptor = descriptor
        state = .connecting
        sentAt = now
        surplus = false
        partialHead.removeAll(keepingCapacity: true)
    }

    mutating func close(retryAt: UInt64) {
        descriptor = -1
        state = .closed
        self.retryAt = retryAt
    }

    @inline(__always)
    mutating func start(_ range: Range<Int>, bodiless: Bool, planned: UInt64, now: UInt64) {
        unsent = range
        self.bodiless = bodiless
        self.planned = planned
        sentAt = now
        state = .waiting
        inBody = false
        label = .none
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
