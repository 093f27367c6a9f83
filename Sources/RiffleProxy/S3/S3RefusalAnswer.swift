import NIOCore
import NIOHTTP1
import RiffleHTTP
import RiffleSigning
import RiffleTelemetry

/// The answer to a request that is not believed, as S3 says it.
enum S3RefusalAnswer {
    static func answer(_ refusal: SignatureRefusal, _ exchange: Exchange, _ front: Front) {
        front.report(exchange, Verdict(.error, reason: .badRequest))
        let text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(refusal.code)</Code>"
            + "<Message>\(refusal.message)</Message></Error>"
        let head = ResponseHead(status: refusal.status, fields: ["Content-Type": "application/xml"])
        exchange.respond(head, body: exchange.request.method == .head ? ByteBuffer() : ByteBuffer(string: text))
    }
}
