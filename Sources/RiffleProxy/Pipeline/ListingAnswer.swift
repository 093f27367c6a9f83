import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleTelemetry

extension Exchange {
    /// Answers with a stored listing; a matching `If-None-Match` gets 304, HEAD no body.
    func respond(with entry: Entry, verdict: Verdict, status: String?, now: Int64) {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(entry.headLength + HitFields.room + 256)
        let notModified = Conditional.isNotModified(request, entry)
        if notModified {
            buffer.writeStaticString("HTTP/1.1 304 Not Modified\r\n")
            for (name, value) in HeadImage(entry).fields
            where Conditional.fieldsOf304.contains(name.lowercased()) {
                buffer.writeString("\(name): \(value)\r\n")
            }
        } else {
            entry.withInline { _ = buffer.writeBytes($0[..<entry.headLength]) }
        }
        if let status {
            buffer.writeString("\(StatusField.name): \(status)\r\n")
        } else {
            HitFields.write(Hit(entry: entry, verdict: verdict, now: now), into: &buffer)
        }
        let body = notModified || request.method == .head ? ByteBuffer() : entry.body
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
