import NIOCore
import RiffleCache
import RiffleListings
import RiffleTelemetry

/// A stored entry about to be served, with what is said beside it.
struct Hit {
    let entry: Entry
    let verdict: Verdict
    /// Monotonic milliseconds at which it is served.
    let now: Int64
    /// Whether the client named its entity tag in `If-None-Match`: it has the body already (RFC 9110 §13.1.2).
    var isNotModified = false
    /// How to renew it now because it is past its freshness (RFC 5861 §3); nil while it is fresh.
    var renewal: Renewal?

    var status: Int { isNotModified ? 304 : entry.status }

    struct Renewal {
        let dialect: Dialect
        let credential: Credential
        /// What a checked signature let the request in with.
        var passage: S3Passage?
        /// Whether the origin is only asked what it would have said.
        var isCanary = false
    }
}

/// Writes the answer of a hit: the stored head, the fields that differ from answer to answer (`Age`, RFC 9111 §5.1, and
/// `Cache-Status`, RFC 9211), and the stored body, in one pass over memory that is there already.
enum HitFields {
    /// Room that the fields below, the status line of a 304, a `Connection` field and the empty line never exceed.
    static let room = 256
    /// Bodies up to this are copied behind their heads; handing the socket two pieces costs more than that.
    static let largestCopiedBody = 4 << 10

    /// What the connection has to say for itself.
    enum ConnectionField {
        case none, keepAlive, close
    }

    /// The most bytes ``writeAnswer(_:withBody:_:into:)`` writes.
    @inline(__always)
    static func mostBytes(_ hit: Hit, withBody: Bool) -> Int {
        hit.entry.headLength &+ room &+ (withBody ? hit.entry.bodyLength : 0)
    }

    /// Writes the whole answer, the body only when `withBody`.
    ///
    /// - Parameter output: with room for ``mostBytes(_:withBody:)``.
    /// - Returns: bytes written.
    static func writeAnswer(
        _ hit: Hit, withBody: Bool, _ connection: ConnectionField, into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        var writer = RawWriter(output)
        hit.entry.withInline { image in
            putStoredHead(hit, image, into: &writer)
            put(hit, into: &writer)
            switch connection {
            case .none: break
            case .keepAlive: writer.put("Connection: keep-alive\r\n")
            case .close: writer.put("Connection: close\r\n")
            }
            writer.put("\r\n")
        }
        if withBody { hit.entry.withBody { writer.put($0) } }
        return writer.count
    }

    /// Appends the head of the answer, without `Connection` and the closing empty line.
    static func writeHead(_ hit: Hit, into buffer: inout ByteBuffer) {
        writeStoredHead(hit, into: &buffer)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { writeFields(hit, into: $0) }
    }

    /// Writes the fields that differ from answer to answer.
    ///
    /// - Parameter output: ``room`` bytes.
    /// - Returns: bytes written.
    static func writeFields(_ hit: Hit, into output: UnsafeMutableRawBufferPointer) -> Int {
        var writer = RawWriter(output)
        put(hit, into: &writer)
        return writer.count
    }

    /// Appends the part of the head that every answer with it has in common.
    static func writeStoredHead(_ hit: Hit, into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: mostBytes(hit, withBody: false)) { output in
            var writer = RawWriter(output)
            hit.entry.withInline { putStoredHead(hit, $0, into: &writer) }
            return writer.count
        }
    }

    @inline(__always)
    private static func putStoredHead(_ hit: Hit, _ image: UnsafeRawBufferPointer, into writer: inout RawWriter) {
        let head = UnsafeRawBufferPointer(rebasing: image[..<hit.entry.headLength])
        if hit.isNotModified { NotModifiedHead.write(head, into: &writer) } else { writer.put(head) }
    }

    @inline(__always)
    private static func put(_ hit: Hit, into writer: inout RawWriter) {
        writer.put("Age: ")
        writer.put(decimal: hit.entry.life.age(at: hit.now))
        writer.put("\r\nCache-Status: ")
        putStatus(hit, into: &writer)
        writer.put("\r\n")
    }

    /// The value of `Cache-Status`.
    @inline(__always)
    static func putStatus(_ hit: Hit, into writer: inout RawWriter) {
        writer.put("riffle; hit; ttl=")
        writer.put(decimal: (hit.entry.life.freshUntil - hit.now) / 1_000)
        switch (hit.verdict.outcome, hit.verdict.tier, hit.verdict.prefetched) {
        case (.stale, .redis, _): writer.put("; detail=\"stale redis\"")
        case (.stale, _, false): writer.put("; detail=\"stale memory\"")
        case (.stale, _, true): writer.put("; detail=\"stale memory prefetch\"")
        case (_, .redis, false): writer.put("; detail=redis")
        case (_, .redis, true): writer.put("; detail=\"redis prefetch\"")
        case (_, _, true): writer.put("; detail=\"memory prefetch\"")
        default: writer.put("; detail=memory")
        }
    }
}
