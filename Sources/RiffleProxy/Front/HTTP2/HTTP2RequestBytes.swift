import NIOCore
import RiffleHTTP
import RiffleHTTP2

/// Says an HTTP/2 request as the HTTP/1.1 head of the same meaning, so that one grammar judges both and a hit over
/// HTTP/2 goes the very way of a hit over HTTP/1.
///
/// What could be read differently in the two protocols is malformed or refused (RFC 9113 §8.2, §8.3, §10.3).
enum HTTP2RequestBytes {
    enum Fault: Error, Equatable {
        /// No request of HTTP/2: its stream is reset (§8.1.1).
        case malformed
        case refused(HeadRejection)
    }

    /// Bytes of the head beyond those of the fields: the rest of the request line, `Host`, framing and the empty line.
    private static let room = 128

    /// Replaces what `buffer` holds with the head.
    ///
    /// - Parameter endsHere: whether no body follows.
    /// - Returns: why there is none, nil when the head is written.
    static func write(_ list: FieldList, endsHere: Bool, into buffer: inout ByteBuffer) -> Fault? {
        buffer.clear()
        guard !list.isTooLarge else { return .refused(HeadRejection(431, "the request head is too large")) }
        do throws(Fault) {
            let pseudo = try PseudoFields(list)
            try pseudo.check()
            let content = try Content(list, behind: pseudo)
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: list.size + room) { output in
                var writer = RawWriter(output)
                pseudo.writeLine(into: &writer)
                content.write(list, into: &writer)
                if !endsHere, !content.hasLength { writer.put("transfer-encoding: chunked\r\n") }
                writer.put("\r\n")
                return writer.count
            }
            return nil
        } catch {
            return error
        }
    }

    /// Whether the fields are such as may stand behind a body (§8.1): no pseudo-header field among them, none malformed.
    static func areTrailers(_ list: FieldList) -> Bool {
        list.fields.allSatisfy { isSoundName(list.name($0), $0.token) && isSoundValue(list.value($0)) }
    }

    /// A token in lower case (§8.2.1).
    fileprivate static func isSoundName(_ name: UnsafeRawBufferPointer, _ token: UInt8) -> Bool {
        // Those of the static table are, but for the pseudo-header fields.
        if token > FieldToken.lastPseudo { return true }
        return name.count > 0 && name.allSatisfy { ByteScan.isToken($0) && !(0x41...0x5A).contains($0) }
    }

    /// Nothing that could end a line in HTTP/1, and no white space around it, which only HTTP/1 allows (§8.2.1).
    fileprivate static func isSoundValue(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let first = value.first, let last = value.last else { return true }
        return !isSpace(first) && !isSpace(last) && isPlain(value)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    fileprivate static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        var index = ByteScan.firstControl(text, from: 0, to: text.count)
        while index < text.count {
            if text[index] == 0x0D || text[index] == 0x0A || text[index] == 0 { return false }
            index = ByteScan.firstControl(text, from: index + 1, to: text.count)
        }
        return true
    }

    fileprivate static func isEqual(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        bytes.count == text.utf8CodeUnitCount && bytes.elementsEqual(text.bytes)
    }
}

/// The pseudo-header fields of a request (RFC 9113 §8.3.1), which stand before all others.
private struct PseudoFields {
    /// How many fields they are.
    private(set) var count = 0
    private(set) var authority: UnsafeRawBufferPointer?
    private var method: UnsafeRawBufferPointer?
    private var path: UnsafeRawBufferPointer?
    private var scheme: UnsafeRawBufferPointer?

    init(_ list: FieldList) throws(HTTP2RequestBytes.Fault) {
        for field in list.fields {
            let value = list.value(field)
            switch field.token {
            case FieldToken.method: try Self.set(&method, value)
            case FieldToken.path: try Self.set(&path, value)
            case FieldToken.scheme: try Self.set(&scheme, value)
            case FieldToken.authority: try Self.set(&authority, value)
            default: return
            }
            count += 1
        }
    }

    private static func set(
        _ field: inout UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer
    ) throws(HTTP2RequestBytes.Fault) {
        guard field == nil, HTTP2RequestBytes.isPlain(value), !value.contains(0x20) else { throw .malformed }
        field = value
    }

    func check() throws(HTTP2RequestBytes.Fault) {
        guard let method, !method.isEmpty else { throw .malformed }
        guard !HTTP2RequestBytes.isEqual(method, "CONNECT") else {
            // It names its target by `:authority` alone (§8.5).
            throw scheme == nil && path == nil ? .refused(.connect) : .malformed
        }
        guard let scheme, let path, let first = path.first else { throw .malformed }
        guard Self.isHTTP(scheme) else { throw .refused(HeadRejection(400, "the scheme is neither http nor https")) }
        guard first == UInt8(ascii: "/") || HTTP2RequestBytes.isEqual(path, "*") else {
            throw .refused(HeadRejection(400, "the path is malformed"))
        }
    }

    private static func isHTTP(_ scheme: UnsafeRawBufferPointer) -> Bool {
        let wanted = "https".utf8
        guard scheme.count == wanted.count || scheme.count == wanted.count - 1 else { return false }
        return zip(scheme, wanted).allSatisfy { $0 | 0x20 == $1 }
    }

    func writeLine(into writer: inout RawWriter) {
        if let method { writer.put(method) }
        writer.put(" ")
        if let path { writer.put(path) }
        writer.put(" HTTP/1.1\r\n")
        guard let authority, !authority.isEmpty else { return }
        writer.put("host: ")
        writer.put(authority)
        writer.put("\r\n")
    }
}

/// The fields of a request behind its pseudo-header fields, once they are known to be sound.
private struct Content {
    private let first: Int
    private let hidesHost: Bool
    private var hasCookies = false
    private(set) var hasLength = false

    init(_ list: FieldList, behind pseudo: PseudoFields) throws(HTTP2RequestBytes.Fault) {
        first = pseudo.count
        let authority = pseudo.authority.flatMap { $0.isEmpty ? nil : $0 }
        hidesHost = authority != nil
        for field in list.fields[first...] {
            let name = list.name(field)
            let value = list.value(field)
            guard HTTP2RequestBytes.isSoundName(name, field.token), HTTP2RequestBytes.isSoundValue(value) else {
                throw .malformed
            }
            switch field.token {
            case FieldToken.none: try Self.check(name, value)
            case FieldToken.transferEncoding: throw .malformed
            case FieldToken.cookie: hasCookies = true
            case FieldToken.contentLength: hasLength = true
            case FieldToken.host:
                guard let authority, !Self.isSame(value, authority) else { continue }
                throw .refused(HeadRejection(400, "the Host field contradicts :authority"))
            default: continue
            }
        }
    }

    /// HTTP/2 has no fields of a connection (§8.2.2).
    private static func check(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(HTTP2RequestBytes.Fault) {
        let isSound =
            switch name.count {
            case 2: !HTTP2RequestBytes.isEqual(name, "te") || isTrailers(value)
            case 7: !HTTP2RequestBytes.isEqual(name, "upgrade")
            case 10: !HTTP2RequestBytes.isEqual(name, "connection") && !HTTP2RequestBytes.isEqual(name, "keep-alive")
            case 16: !HTTP2RequestBytes.isEqual(name, "proxy-connection")
            default: true
            }
        if !isSound { throw .malformed }
    }

    private static func isTrailers(_ value: UnsafeRawBufferPointer) -> Bool {
        value.count == 8 && zip(value, "trailers".utf8).allSatisfy { $0 | 0x20 == $1 }
    }

    private static func isSame(_ host: UnsafeRawBufferPointer, _ authority: UnsafeRawBufferPointer) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
        return host.count == authority.count && zip(host, authority).allSatisfy { lower($0) == lower($1) }
    }

    func write(_ list: FieldList, into writer: inout RawWriter) {
        for field in list.fields[first...] {
            if field.token == FieldToken.cookie || (field.token == FieldToken.host && hidesHost) { continue }
            writer.put(list.name(field))
            writer.put(": ")
            writer.put(list.value(field))
            writer.put("\r\n")
        }
        guard hasCookies else { return }
        // Cookies may come in crumbs; elsewhere they are one field (§8.2.3).
        var isNext = false
        for field in list.fields[first...] where field.token == FieldToken.cookie {
            writer.put(isNext ? "; " : "cookie: ")
            writer.put(list.value(field))
            isNext = true
        }
        writer.put("\r\n")
    }
}
