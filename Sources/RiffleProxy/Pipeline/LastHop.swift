import NIOCore
import NIOHTTP1
import RiffleHTTP
import RiffleTelemetry

/// The answer to OPTIONS or TRACE that may go no further than here (RFC 9110 §7.6.2).
enum LastHop {
    static func answer(_ exchange: Exchange, _ front: Front) {
        let verdict = Verdict(.bypass, reason: .method)
        front.report(exchange, verdict)
        // Echoing a request would hand its credentials to scripts (RFC 9110 §9.3.8): TRACE ends here.
        let status = exchange.request.method == .options ? 200 : 405
        var head = ResponseHead(status: status, fields: ["Allow": "GET, HEAD, OPTIONS"])
        CacheStatusField(detail: Reason.method.rawValue).append(to: &head.fields)
        exchange.respond(head, body: ByteBuffer())
    }
}
