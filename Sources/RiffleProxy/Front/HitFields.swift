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

/// The fields of a hit that differ from answer to answer: `Age` (RFC 9111 §5.1) and `Cache-Status` (RFC 9211). Written
/// as bytes, without allocating.
enum HitFields {
    /// Room that the fields below and a `Connection` field never exceed.
    static let room = 192

    static func write(_ hit: Hit, into buffer: inout ByteBuffer) {
        let life = hit.entry.life
        buffer.writeStaticString("Age: ")
        writeDecimal(life.age(at: hit.now), into: &buffer)
        buffer.writeStaticString("\r\nCache-Status: riffle; hit; ttl=")
        writeDecimal((life.freshUntil - hit.now) / 1_000, into: &buffer)
        switch (hit.verdict.outcome, hit.verdict.tier, hit.verdict.prefetched) {
        case (.stale, .redis, _): buffer.writeStaticString("; detail=\"stale redis\"\r\n")
        case (.stale, _, false): buffer.writeStaticString("; detail=\"stale memory\"\r\n")
        case (.stale, _, true): buffer.writeStaticString("; detail=\"stale memory prefetch\"\r\n")
        case (_, .redis, false): buffer.writeStaticString("; detail=redis\r\n")
        case (_, .redis, true): buffer.writeStaticString("; detail=\"redis prefetch\"\r\n")
        case (_, _, true): buffer.writeStaticString("; detail=\"memory prefetch\"\r\n")
        default: buffer.writeStaticString("; detail=memory\r\n")
        }
    }

    static func writeDecimal(_ value: Int64, into buffer: inout ByteBuffer) {
        if value < 0 {
            buffer.writeStaticString("-")
            return writeDecimal(value == .min ? .max : -value, into: &buffer)
        }
        var divisor: Int64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
