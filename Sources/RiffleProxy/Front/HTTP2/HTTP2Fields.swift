import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleHTTP2

/// The header block of an HTTP/2 answer: names in lower case, nothing that belongs to an HTTP/1 connection
/// (RFC 9113 §8.2).
struct HTTP2Fields {
    private static let perConnection: [StaticString] = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]
    private static let contentLength: StaticString = "content-length"
    /// Names beyond this are nobody's.
    private static let longestName = 1_024

    private var writer = HPACKWriter()
    /// As long as the body is said to be.
    private(set) var length: Int?
    /// Whether a field cannot be said in HTTP/2.
    private var isBroken = false

    /// nil when it can't be said in HTTP/2.
    var block: [UInt8]? { isBroken ? nil : writer.bytes }

    init(_ head: ResponseHead) {
        writer.status(head.status)
        for (name, value) in head.fields { add(name, value) }
    }

    /// Trailer fields.
    init(trailers: HTTPHeaders) {
        for (name, value) in trailers { add(name, value) }
    }

    init(_ rejection: HeadRejection, bodyLength: Int, detail: String) {
        writer.status(rejection.status)
        add("content-type", "text/plain; charset=utf-8")
        add("content-length", String(bodyLength))
        add("cache-status", "riffle; detail=\(detail)")
    }

    /// - Parameter image: a status line, then fields.
    init(image: UnsafeRawBufferPointer) {
        var start = Self.lineEnd(image, from: 0)
        writer.status(Self.status(UnsafeRawBufferPointer(rebasing: image[..<start])))
        start += 2
        while start < image.count {
            let end = Self.lineEnd(image, from: start)
            let line = UnsafeRawBufferPointer(rebasing: image[start..<end])
            if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                add(
                    UnsafeRawBufferPointer(rebasing: line[..<colon]),
                    UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]))
            }
            start = end + 2
        }
    }

    private mutating func add(_ name: String, _ value: String) {
        var (name, value) = (name, value)
        name.withUTF8 { name in
            value.withUTF8 { add(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer($0)) }
        }
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        guard !name.isEmpty, name.count <= Self.longestName else {
            isBroken = true
            return
        }
        let value = Self.trimmed(value)
        withUnsafeTemporaryAllocation(byteCount: name.count, alignment: 1) { lower in
            for (index, byte) in name.enumerated() { lower[index] = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
            let name = UnsafeRawBufferPointer(lower)
            guard !Self.perConnection.contains(where: { name.elementsEqual($0.bytes) }) else { return }
            guard name.allSatisfy(ByteScan.isToken), !value.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D })
            else {
                isBroken = true
                return
            }
            if name.elementsEqual(Self.contentLength.bytes) { length = Int(String(decoding: value, as: UTF8.self)) }
            writer.field(name: name, value: value)
        }
    }

    private static func trimmed(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let start = value.firstIndex(where: { !isSpace($0) }),
            let end = value.lastIndex(where: { !isSpace($0) })
        else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: value[start...end])
    }

    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while true {
            index = ByteScan.firstControl(bytes, from: index, to: bytes.count)
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\t") else { return index }
            index += 1
        }
    }

    /// `HTTP/1.1 200 OK`
    private static func status(_ line: UnsafeRawBufferPointer) -> Int {
        guard line.count >= 12 else { return 502 }
        return line[9..<12].reduce(0) { $0 * 10 + Int($1 &- UInt8(ascii: "0")) }
    }
}

extension HTTP2Fields {
    /// Writes what differs from answer to answer of a stored head: `Age` and `Cache-Status`, literally and never to be
    /// remembered (RFC 7541 §6.2.2). At most ``HitFields/room`` bytes.
    @inline(__always)
    static func put(_ hit: Hit, into writer: inout RawWriter) {
        putShort("\u{0F}\u{06}", into: &writer) { writer in
            writer.put(decimal: hit.entry.life.age(at: hit.now))
        }
        putShort("\u{00}\u{0C}cache-status", into: &writer) { HitFields.putStatus(hit, into: &$0) }
    }

    /// The same as bytes.
    static func bytes(of hit: Hit) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: HitFields.room) { output, count in
            var writer = RawWriter(UnsafeMutableRawBufferPointer(output))
            put(hit, into: &writer)
            count = writer.count
        }
    }

    /// A field whose value is shorter than 127 bytes, so that one byte says its length.
    @inline(__always)
    private static func putShort(_ name: StaticString, into writer: inout RawWriter, _ value: (inout RawWriter) -> Void)
    {
        writer.put(name)
        let place = writer.count
        writer.put("\u{00}")
        value(&writer)
        writer.set(place, to: UInt8(truncatingIfNeeded: writer.count - place - 1))
    }
}
