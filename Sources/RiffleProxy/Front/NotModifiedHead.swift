import Glibc
import RiffleHTTP

/// The head of a 304 out of the stored head of the answer that the client has (RFC 9110 §15.4.5): everything but what
/// describes the body that is not sent.
enum NotModifiedHead {
    /// Names in lower case. The entity tag says more than `Last-Modified`, and where a 304 is written from bytes there is
    /// one.
    private static let ofBody: [StaticString] = [
        "content-length", "content-type", "content-encoding", "content-language", "content-range",
        "transfer-encoding", "last-modified", "trailer",
    ]

    /// - Parameter head: status line and field lines, each closed by CR LF.
    static func write(_ head: UnsafeRawBufferPointer, into writer: inout RawWriter) {
        writer.put("HTTP/1.1 304 Not Modified\r\n")
        var start = lineEnd(head, from: 0)
        // Lines that stay are copied in runs.
        var runStart = start
        while start < head.count {
            let end = lineEnd(head, from: start)
            if describesBody(UnsafeRawBufferPointer(rebasing: head[start..<end])) {
                writer.put(UnsafeRawBufferPointer(rebasing: head[runStart..<start]))
                runStart = end
            }
            start = end
        }
        writer.put(UnsafeRawBufferPointer(rebasing: head[runStart..<head.count]))
    }

    /// Behind the line feed that ends the line at `start`.
    @inline(__always)
    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let base = bytes.baseAddress, start < bytes.count,
            let feed = memchr(base + start, 0x0A, bytes.count - start)
        else { return bytes.count }
        return UnsafeRawPointer(feed) - base + 1
    }

    @inline(__always)
    private static func describesBody(_ line: UnsafeRawBufferPointer) -> Bool {
        switch line.first.map({ $0 | 0x20 }) {
        case UInt8(ascii: "c"), UInt8(ascii: "l"), UInt8(ascii: "t"): return isOfBody(line)
        default: return false
        }
    }

    private static func isOfBody(_ line: UnsafeRawBufferPointer) -> Bool {
        for name in ofBody {
            let length = name.utf8CodeUnitCount
            guard line.count > length, line[length] == UInt8(ascii: ":") else { continue }
            // Both are tokens: setting bit 5 folds letters only onto letters and leaves the hyphen.
            var isEqual = true
            for index in 0..<length where line[index] | 0x20 != name.utf8Start[index] {
                isEqual = false
                break
            }
            if isEqual { return true }
        }
        return false
    }
}
