import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleTelemetry

extension Exchange {
    /// Answers with a stored listing; a matching `If-None-Match` gets 304, HEAD no body.
    func respond(with entry: Entry, verdict: Verdict, status: String?, now: Int64) {
        var hit = Hit(entry: entry, verdict: verdict, now: now)
        hit.isNotModified = Conditional.isNotModified(request, entry)
        var buffer = ByteBuffer()
        if let status {
            HitFields.writeStoredHead(hit, into: &buffer)
            buffer.writeString("\(StatusField.name): \(status)\r\n")
        } else {
            HitFields.writeHead(hit, into: &buffer)
        }
        let body = hit.isNotModified || request.method == .head ? ByteBuffer() : entry.image.slice(from: entry.headLength)
        respond(image: buffer, status: hit.status, body: body)
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
