import NIOCore
import NIOHPACK
import RiffleHTTP

/// Says an HTTP/2 request as the HTTP/1.1 head of the same meaning, so that one grammar judges both and a hit over
/// HTTP/2 goes the very way of a hit over HTTP/1.
///
/// What could be read differently in the two protocols is refused (RFC 9113 §8.2, §8.3, §10.3).
enum HTTP2RequestBytes {
    /// Replaces what `buffer` holds with the head.
    ///
    /// - Parameter endsHere: whether no body follows.
    /// - Returns: why the request is refused, nil when the head is written.
    static func write(_ headers: HPACKHeaders, endsHere: Bool, into buffer: inout ByteBuffer) -> HeadRejection? {
        buffer.clear()
        var pseudo = PseudoFields()
        var hasLine = false
        var hasLength = false
        // Cookies may come in crumbs; elsewhere they are one field (RFC 9113 §8.2.3).
        var cookies = ""
        for (name, value, _) in headers {
            if name.utf8.first == UInt8(ascii: ":") {
                if let rejection = pseudo.take(name, value) { return rejection }
                continue
            }
            if !hasLine {
                if let rejection = pseudo.writeLine(into: &buffer) { return rejection }
                hasLine = true
            }
            guard isPlain(name), !name.utf8.contains(UInt8(ascii: ":")), isPlain(value) else {
                return HeadRejection(400, "a field has a control character")
            }
            guard !isSpace(value.utf8.first), !isSpace(value.utf8.last) else {
                return HeadRejection(400, "a field value begins or ends with white space")
            }
            switch name {
            case "connection", "transfer-encoding", "upgrade", "keep-alive", "proxy-connection":
                return HeadRejection(400, "HTTP/2 has no \(name) field")
            case "cookie":
                cookies += cookies.isEmpty ? value : "; \(value)"
                continue
            case "host" where !pseudo.authority.isEmpty:
                guard value.lowercased() == pseudo.authority.lowercased() else {
                    return HeadRejection(400, "the Host field contradicts :authority")
                }
                continue
            case "content-length": hasLength = true
            default: break
            }
            write(name, value, into: &buffer)
        }
        if !hasLine, let rejection = pseudo.writeLine(into: &buffer) { return rejection }
        if !cookies.isEmpty { write("cookie", cookies, into: &buffer) }
        if !endsHere, !hasLength { buffer.writeStaticString("transfer-encoding: chunked\r\n") }
        buffer.writeStaticString("\r\n")
        return nil
    }

    private static func write(_ name: String, _ value: String, into buffer: inout ByteBuffer) {
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }

    /// RFC 9113 §8.2.1: values come without the white space that HTTP/1 allows around them.
    private static func isSpace(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Nothing that could end a line in HTTP/1.
    fileprivate static func isPlain(_ text: String) -> Bool {
        !text.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 }
    }
}

/// The pseudo-header fields of a request (RFC 9113 §8.3.1).
private struct PseudoFields {
    var method = ""
    var path = ""
    var scheme = ""
    var authority = ""

    mutating func take(_ name: String, _ value: String) -> HeadRejection? {
        guard HTTP2RequestBytes.isPlain(value), !value.utf8.contains(UInt8(ascii: " ")) else {
            return HeadRejection(400, "\(name) is malformed")
        }
        switch name {
        case ":method": method = value
        case ":path": path = value
        case ":scheme": scheme = value.lowercased()
        case ":authority": authority = value
        default: return HeadRejection(400, "an unknown pseudo-header field")
        }
        return nil
    }

    func writeLine(into buffer: inout ByteBuffer) -> HeadRejection? {
        guard method != "CONNECT" else { return .connect }
        guard !method.isEmpty, scheme == "http" || scheme == "https" else {
            return HeadRejection(400, "the request has no method or no scheme")
        }
        guard path.utf8.first == UInt8(ascii: "/") || (path == "*" && method == "OPTIONS") else {
            return HeadRejection(400, "the path is malformed")
        }
        buffer.writeString(method)
        buffer.writeStaticString(" ")
        buffer.writeString(path)
        buffer.writeStaticString(" HTTP/1.1\r\n")
        if !authority.isEmpty {
            buffer.writeStaticString("host: ")
            buffer.writeString(authority)
            buffer.writeStaticString("\r\n")
        }
        return nil
    }
}
