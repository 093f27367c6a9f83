/// What one request head may cost before it is refused; below the defaults of common origins, so that nothing riffle
/// lets through is cut down behind it (Apache httpd: 8,190-byte lines, 100 fields).
package struct RequestLimits: Sendable {
    /// Bytes of the request target; over it: 414.
    package var target = 8_000
    /// Bytes of one field line; over it: 431.
    package var fieldLine = 8_000
    /// Bytes of the whole head; over it: 431.
    package var head = 32_768
    /// Number of fields; over it: 431.
    package var fields = 100

    package init() {}
}

/// Why a request head is refused; the connection closes after the answer.
package struct HeadRejection: Error, Sendable, Equatable {
    package let status: Int
    /// What is wrong, fit for the answer's body: it never quotes what the client sent.
    package let message: String

    package init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    /// riffle leads to one origin and is nobody's tunnel (RFC 9110 §9.3.6).
    package static let connect = HeadRejection(501, "CONNECT is not implemented")
}

package enum HeadParse: Sendable, Equatable {
    /// The bytes so far are a prefix of a head that may still become valid.
    case incomplete
    case complete
    case rejected(HeadRejection)
}

/// The one strict grammar of request heads (RFC 9112 §2–§3, §5–§6), for hits and all other requests alike.
///
/// What two readers could understand differently is refused, never repaired: bare CR or LF, folded lines, white space
/// before a colon, several or list-valued lengths, a length beside a transfer coding, a coding on HTTP/1.0, several
/// hosts, a host that contradicts an absolute target.
package enum RequestParser {
    /// Parses the head that starts at `bytes[0]` into `head`, which is reused. O(n) in the head's bytes.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer, into head: inout RequestHead, limits: RequestLimits = RequestLimits()
    ) -> HeadParse {
        do throws(Stop) {
            try RequestReader(bytes: bytes, limits: limits).read(into: &head)
            return .complete
        } catch {
            switch error {
            case .incomplete:
                return bytes.count > limits.head ? .rejected(.headTooLarge) : .incomplete
            case .rejected(let rejection):
                return .rejected(rejection)
            }
        }
    }
}

extension HeadRejection {
    static let headTooLarge = HeadRejection(431, "the request head is too large")
}

/// Why reading stopped before the head's end.
enum Stop: Error {
    case incomplete
    case rejected(HeadRejection)

    static func bad(_ message: String) -> Stop { .rejected(HeadRejection(400, message)) }
}

/// One pass over the bytes of a head. Holds no state between heads.
private struct RequestReader {
    let bytes: UnsafeRawBufferPointer
    let limits: RequestLimits

    private static let cr = UInt8(ascii: "\r")
    private static let lf = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")

    func read(into head: inout RequestHead) throws(Stop) {
        head.fields.removeAll(keepingCapacity: true)
        head.present = KnownFields()
        head.repeated = KnownFields()
        var offset = try readRequestLine(into: &head)
        while true {
            guard offset < bytes.count else { throw .incomplete }
            if bytes[offset] == Self.cr {
                try expectLineFeed(after: offset)
                head.length = offset + 2
                break
            }
            offset = try readField(at: offset, into: &head)
        }
        if head.length > limits.head { throw .rejected(.headTooLarge) }
        try RequestFramingRules.check(&head, bytes)
    }

    private func expectLineFeed(after offset: Int) throws(Stop) {
        guard offset + 1 < bytes.count else { throw .incomplete }
        guard bytes[offset + 1] == Self.lf else { throw .bad("a carriage return stands alone") }
    }

    /// `method SP request-target SP HTTP-version CRLF` (RFC 9112 §3); returns the offset behind it.
    private func readRequestLine(into head: inout RequestHead) throws(Stop) -> Int {
        var index = 0
        while index < bytes.count, ByteScan.isToken(bytes[index]) { index &+= 1 }
        guard index <= 32 else { throw .rejected(HeadRejection(501, "the method is not implemented")) }
        guard index < bytes.count else { throw .incomplete }
        guard index > 0, bytes[index] == Self.space else { throw .bad("the request line has no method") }
        head.methodRange = ByteRange(0, index)
        head.method = Method.named(UnsafeRawBufferPointer(rebasing: bytes[0..<index]))

        let start = index + 1
        index = start
        var question = -1
        while index < bytes.count, ByteScan.isVisible(bytes[index]) {
            if bytes[index] == UInt8(ascii: "?"), question < 0 { question = index }
            if bytes[index] == UInt8(ascii: "#") { throw .bad("the request target has a fragment") }
            index &+= 1
        }
        guard index - start <= limits.target else {
            throw .rejected(HeadRejection(414, "the request target is too long"))
        }
        guard index < bytes.count else { throw .incomplete }
        guard index > start, bytes[index] == Self.space else { throw .bad("the request target is malformed") }
        head.target = ByteRange(start, index)
        try splitTarget(start, index, question: question, into: &head)
        return try readVersion(at: index + 1, into: &head)
    }

    private func splitTarget(_ start: Int, _ end: Int, question: Int, into head: inout RequestHead) throws(Stop) {
        head.hasQuery = question >= 0
        let pathEnd = question >= 0 ? question : end
        head.query = question >= 0 ? ByteRange(question + 1, end) : ByteRange(end, end)
        guard head.method != .connect else {
            throw .rejected(.connect)
        }
        if bytes[start] == UInt8(ascii: "/") {
            head.path = ByteRange(start, pathEnd)
            return
        }
        if bytes[start] == UInt8(ascii: "*"), end - start == 1, head.method == .options {
            head.path = ByteRange(start, end)
            return
        }
        guard let authority = AbsoluteTarget.authority(in: bytes, start, pathEnd) else {
            throw .bad("the request target is neither a path nor an absolute URL")
        }
        head.path = ByteRange(Int(authority.end), pathEnd)
    }

    private func readVersion(at start: Int, into head: inout RequestHead) throws(Stop) -> Int {
        let expected: StaticString = "HTTP/1."
        let available = min(7, bytes.count - start)
        for index in 0..<max(0, available) where bytes[start + index] != expected.utf8Start[index] {
            if index >= 5, bytes[start + index] >= UInt8(ascii: "0"), bytes[start + index] <= UInt8(ascii: "9") {
                throw .rejected(HeadRejection(505, "the HTTP version is not supported"))
            }
            throw .bad("the request line has no HTTP version")
        }
        guard start + 8 < bytes.count else { throw .incomplete }
        switch bytes[start + 7] {
        case UInt8(ascii: "1"): head.isHTTP11 = true
        case UInt8(ascii: "0"): head.isHTTP11 = false
        case UInt8(ascii: "2")...UInt8(ascii: "9"):
            throw .rejected(HeadRejection(505, "the HTTP version is not supported"))
        default: throw .bad("the request line has no HTTP version")
        }
        guard bytes[start + 8] == Self.cr else { throw .bad("the request line does not end behind the version") }
        try expectLineFeed(after: start + 8)
        return start + 10
    }

    /// `field-name ":" OWS field-value OWS CRLF` (RFC 9112 §5); returns the offset behind it.
    private func readField(at start: Int, into head: inout RequestHead) throws(Stop) -> Int {
        var index = start
        while index < bytes.count, ByteScan.isToken(bytes[index]) { index &+= 1 }
        guard index < bytes.count else {
            if index - start > limits.fieldLine { throw .rejected(.headTooLarge) }
            throw .incomplete
        }
        guard index > start, bytes[index] == UInt8(ascii: ":") else { throw .bad("a field line is malformed") }
        let nameEnd = index
        index &+= 1
        while index < bytes.count, bytes[index] == Self.space || bytes[index] == Self.tab { index &+= 1 }
        let valueStart = index
        while true {
            index = ByteScan.firstControl(bytes, from: index, to: bytes.count)
            if index - start > limits.fieldLine { throw .rejected(HeadRejection(431, "a request field is too large")) }
            guard index < bytes.count else { throw .incomplete }
            if bytes[index] == Self.tab {
                index &+= 1
                continue
            }
            guard bytes[index] == Self.cr else { throw .bad("a field value has a control character") }
            break
        }
        try expectLineFeed(after: index)
        var valueEnd = index
        while valueEnd > valueStart, bytes[valueEnd - 1] == Self.space || bytes[valueEnd - 1] == Self.tab {
            valueEnd &-= 1
        }
        guard head.fields.count < limits.fields else {
            throw .rejected(HeadRejection(431, "the request has too many fields"))
        }
        let known = KnownField.named(UnsafeRawBufferPointer(rebasing: bytes[start..<nameEnd]))
        if let known {
            if head.present.contains(known) {
                head.repeated.insert(known)
            } else {
                head.present.insert(known)
                head.known[known.rawValue] = Int16(truncatingIfNeeded: head.fields.count)
            }
        }
        head.fields.append(
            RequestHead.Field(
                name: ByteRange(start, nameEnd), value: ByteRange(valueStart, valueEnd), known: known))
        return index + 2
    }
}
