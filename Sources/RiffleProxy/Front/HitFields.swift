import Glibc
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
    /// How to renew it now because it is past its freshness (RFC 5861 §3); nil while it is fresh.
    var renewal: Renewal?

    struct Renewal {
        let dialect: Dialect
        let credential: Credential
    }
}

/// Writes the answer of a hit: the stored head, the fields that differ from answer to answer (`Age`, RFC 9111 §5.1, and
/// `Cache-Status`, RFC 9211), and the stored body, in one pass over memory that is there already.
enum HitFields {
    /// Room that the fields below, a `Connection` field and the empty line never exceed.
    static let room = 224

    /// What the connection has to say for itself.
    enum ConnectionField {
        case none, keepAlive, close
    }

    /// Appends the whole answer, the body only when `withBody`; no allocation when `buffer` has room.
    static func writeAnswer(_ hit: Hit, withBody: Bool, _ connection: ConnectionField, into buffer: inout ByteBuffer) {
        let entry = hit.entry
        let headLength = entry.headLength
        let needed = headLength + room + (withBody ? entry.bodyLength : 0)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: needed) { output in
            var writer = RawWriter(output)
            entry.withInline { image in
                writer.put(UnsafeRawBufferPointer(rebasing: image[..<headLength]))
                put(hit, into: &writer)
                switch connection {
                case .none: break
                case .keepAlive: writer.put("Connection: keep-alive\r\n")
                case .close: writer.put("Connection: close\r\n")
                }
                writer.put("\r\n")
                if withBody { writer.put(UnsafeRawBufferPointer(rebasing: image[headLength...])) }
            }
            return writer.count
        }
    }

    /// Appends the fields alone, for answers put together field by field.
    static func write(_ hit: Hit, into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { output in
            var writer = RawWriter(output)
            put(hit, into: &writer)
            return writer.count
        }
    }

    @inline(__always)
    private static func put(_ hit: Hit, into writer: inout RawWriter) {
        let life = hit.entry.life
        writer.put("Age: ")
        writer.put(decimal: life.age(at: hit.now))
        writer.put("\r\nCache-Status: riffle; hit; ttl=")
        writer.put(decimal: (life.freshUntil - hit.now) / 1_000)
        switch (hit.verdict.outcome, hit.verdict.tier, hit.verdict.prefetched) {
        case (.stale, .redis, _): writer.put("; detail=\"stale redis\"\r\n")
        case (.stale, _, false): writer.put("; detail=\"stale memory\"\r\n")
        case (.stale, _, true): writer.put("; detail=\"stale memory prefetch\"\r\n")
        case (_, .redis, false): writer.put("; detail=redis\r\n")
        case (_, .redis, true): writer.put("; detail=\"redis prefetch\"\r\n")
        case (_, _, true): writer.put("; detail=\"memory prefetch\"\r\n")
        default: writer.put("; detail=memory\r\n")
        }
    }
}

/// Appends to memory of known size; what does not fit is left out, which ``HitFields/room`` rules out.
private struct RawWriter {
    private let output: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ output: UnsafeMutableRawBufferPointer) {
        self.output = output
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let target = output.baseAddress, count + bytes.count <= output.count
        else {
            return
        }
        memcpy(target + count, source, bytes.count)
        count &+= bytes.count
    }

    @inline(__always)
    mutating func put(decimal value: Int64) {
        guard count + 20 <= output.count else { return }
        if value < 0 {
            output[count] = UInt8(ascii: "-")
            count &+= 1
        }
        var rest = value.magnitude
        var end = count
        var probe = rest
        repeat {
            end &+= 1
            probe /= 10
        } while probe > 0
        var place = end
        repeat {
            place &-= 1
            output[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        count = end
    }
}
