import NIOCore
import NIOHPACK
import NIOHTTP1
import RiffleCache
import RiffleHTTP

/// Makes the header list of an HTTP/2 answer: names in lower case, nothing that belongs to an HTTP/1 connection
/// (RFC 9113 §8.2).
enum HTTP2Fields {
    private static let perConnection: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]
    /// Differ from answer to answer: in the compression table they would only push out what repeats.
    private static let passing: Set<String> = [
        "age", "cache-status", "content-length", "date", "etag", "last-modified", "location",
    ]

    static func of(_ head: ResponseHead) -> HPACKHeaders {
        var headers = start(head.status)
        for (name, value) in head.fields { add(name.lowercased(), value, to: &headers) }
        return headers
    }

    /// Of an answer out of memory.
    static func of(_ hit: Hit, memo: inout HTTP2HeadMemo) -> HPACKHeaders {
        if hit.isNotModified {
            var image = ByteBuffer()
            HitFields.writeHead(hit, into: &image)
            return of(image: image)
        }
        var headers = hit.entry.withInline { image in
            memo.headers(of: UnsafeRawBufferPointer(rebasing: image[..<hit.entry.headLength]), hash: hit.entry.hash)
        }
        withUnsafeTemporaryAllocation(byteCount: HitFields.room, alignment: 1) { room in
            let length = HitFields.writeFields(hit, into: room)
            addLines(UnsafeRawBufferPointer(rebasing: room[..<length]), to: &headers)
        }
        return headers
    }

    /// Trailer fields.
    static func of(_ trailers: HTTPHeaders) -> HPACKHeaders {
        var headers = HPACKHeaders()
        for (name, value) in trailers { add(name.lowercased(), value, to: &headers) }
        return headers
    }

    /// Of a head in bytes: a status line, then fields.
    static func of(image: ByteBuffer) -> HPACKHeaders {
        image.withUnsafeReadableBytes { of($0) }
    }

    static func of(_ head: UnsafeRawBufferPointer) -> HPACKHeaders {
        let end = lineEnd(head, from: 0)
        var headers = start(status(UnsafeRawBufferPointer(rebasing: head[..<end])))
        addLines(UnsafeRawBufferPointer(rebasing: head[min(end + 2, head.count)...]), to: &headers)
        return headers
    }

    private static func addLines(_ bytes: UnsafeRawBufferPointer, to headers: inout HPACKHeaders) {
        var start = 0
        while start < bytes.count {
            let end = lineEnd(bytes, from: start)
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
                add(lowercased(line[..<colon]), String(decoding: value, as: UTF8.self), to: &headers)
            }
            start = end + 2
        }
    }

    static func of(_ rejection: HeadRejection, bodyLength: Int, detail: String) -> HPACKHeaders {
        var headers = start(rejection.status)
        headers.add(name: "content-type", value: "text/plain; charset=utf-8")
        headers.add(name: "content-length", value: String(bodyLength), indexing: .nonIndexable)
        headers.add(name: "cache-status", value: "riffle; detail=\(detail)", indexing: .nonIndexable)
        return headers
    }

    static func start(_ status: Int) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(16)
        headers.add(name: ":status", value: status == 200 ? "200" : String(status))
        return headers
    }

    private static func add(_ name: String, _ value: String, to headers: inout HPACKHeaders) {
        guard !perConnection.contains(name) else { return }
        headers.add(name: name, value: value, indexing: passing.contains(name) ? .nonIndexable : .indexable)
    }

    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        ByteScan.firstControl(bytes, skippingTabsFrom: start)
    }

    /// `HTTP/1.1 200 OK`
    private static func status(_ line: UnsafeRawBufferPointer) -> Int {
        guard line.count >= 12 else { return 502 }
        return line[9..<12].reduce(0) { $0 * 10 + Int($1 &- UInt8(ascii: "0")) }
    }

    private static func lowercased(_ name: Slice<UnsafeRawBufferPointer>) -> String {
        String(unsafeUninitializedCapacity: name.count) { output in
            for (index, byte) in name.enumerated() {
                output[index] = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            }
            return name.count
        }
    }
}

extension ByteScan {
    /// Offset of the first control byte but a tab; the end when there is none.
    fileprivate static func firstControl(_ bytes: UnsafeRawBufferPointer, skippingTabsFrom start: Int) -> Int {
        var index = start
        while true {
            index = firstControl(bytes, from: index, to: bytes.count)
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\t") else { return index }
            index += 1
        }
    }
}
