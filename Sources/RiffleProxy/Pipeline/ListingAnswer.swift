import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleTelemetry

extension Exchange {
    /// Whether an answer with these fields is in a coding that the client takes.
    func takes(_ fields: HTTPHeaders) -> Bool {
        !fields.contains(name: "content-encoding") || AcceptEncoding(request.fields).prefersGzip
    }

    /// Answers with a stored listing in a coding that the client takes; a matching `If-None-Match` gets 304, HEAD no body.
    func respond(with entry: Entry, verdict: Verdict, status: String?, now: Int64, memory: MemoryTier) {
        guard entry.holdsGzip || request.fields.contains(name: "accept-encoding") else {
            return respond(as: entry, verdict: verdict, status: status, now: now)
        }
        switch Representation.of(entry, for: AcceptEncoding(request.fields), in: memory) {
        case .whole(let entry): respond(as: entry, verdict: verdict, status: status, now: now)
        case .inflated(let head, let body):
            respond(as: head, verdict: verdict, status: status, now: now, body: body)
        case nil:
            memory.remove(entry)
            respond(ResponseHead(status: 502), body: ByteBuffer(string: FailureText.text(.broken)))
        }
    }

    /// - Parameter body: what sends the body, where `entry` has the head alone.
    private func respond(
        as entry: Entry, verdict: Verdict, status: String?, now: Int64, body stream: InflatedBody? = nil
    ) {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(entry.headLength + HitFields.room + 256)
        let notModified = Conditional.isNotModified(request, entry)
        if notModified {
            buffer.writeStaticString("HTTP/1.1 304 Not Modified\r\n")
            for (name, value) in HeadImage(entry.image, length: entry.headLength).fields
            where Conditional.fieldsOf304.contains(name.lowercased()) {
                buffer.writeString("\(name): \(value)\r\n")
            }
        } else {
            buffer.writeImmutableBuffer(entry.image.slicePrefix(entry.headLength))
        }
        if let status {
            buffer.writeString("\(StatusField.name): \(status)\r\n")
        } else {
            HitFields.write(Hit(entry: entry, verdict: verdict, now: now), into: &buffer)
        }
        if let stream, !notModified, request.method != .head {
            begin(image: buffer, status: entry.status)
            return stream.send(on: self)
        }
        let body = notModified || request.method == .head ? ByteBuffer() : entry.image.slice(from: entry.headLength)
        respond(image: buffer, status: notModified ? 304 : entry.status, body: body)
    }
}

/// Conditional requests answered from a stored listing (RFC 9110 §13).
enum Conditional {
    /// RFC 9110 §15.4.5.
    static let fieldsOf304: Set<String> = [
        "cache-control", "content-location", "date", "etag", "expires", "vary", "last-modified",
    ]

    static func isNotModified(_ request: RequestMessage, _ entry: Entry) -> Bool {
        guard request.method == .get || request.method == .head, !entry.entityTag.isEmpty else { return false }
        let tags = request.fields[canonicalForm: "if-none-match"].map { String($0) }
        guard !tags.isEmpty else { return false }
        let own = opaque(Substring(decoding: entry.entityTag, as: UTF8.self))
        return tags.contains { $0 == "*" || opaque(Substring($0)) == own }
    }

    /// The tag without its weakness mark: If-None-Match compares weakly (RFC 9110 §8.8.3.2).
    private static func opaque(_ tag: Substring) -> Substring {
        tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
    }
}
