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
        var hit = Hit(entry: entry, verdict: verdict, now: now)
        hit.isNotModified = Conditional.isNotModified(request, entry)
        var buffer = ByteBuffer()
        if let status {
            HitFields.writeStoredHead(hit, into: &buffer)
            buffer.writeString("\(StatusField.name): \(status)\r\n")
        } else {
            HitFields.writeHead(hit, into: &buffer)
        }
        let isBodiless = hit.isNotModified || request.method == .head
        if let stream, !isBodiless {
            begin(image: buffer, status: hit.status)
            return stream.send(on: self)
        }
        respond(
            image: buffer, status: hit.status,
            body: isBodiless ? ByteBuffer() : entry.body)
    }
}

/// Conditional requests answered from a stored listing (RFC 9110 §13).
enum Conditional {
    static func isNotModified(_ request: RequestMessage, _ entry: Entry) -> Bool {
        guard request.method == .get || request.method == .head,
            let list = EntityTagList(request.fields, "if-none-match"),
            let own = EntityTag(String(decoding: entry.entityTag, as: UTF8.self))
        else { return false }
        return switch list {
        case .any: true
        case .tags(let tags): tags.contains { $0.matchesWeakly(own) }
        }
    }
}
