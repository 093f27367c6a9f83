import NIOCore
import NIOHTTP1
import RiffleListings

/// Passes an answer through and makes the links in it lead through riffle. Only JSON that comes whole and plain is looked
/// into; all else streams. Confined to its loop.
final class LinkRelay: OriginReceiver {
    /// Longer answers stream, their links as they are.
    private static let longestBody = 4 << 20

    private let relay: StreamRelay
    private let fields: OriginFields
    private let authority: String
    private var gathered: (head: HTTPResponseHead, body: ByteBuffer)?

    init(relay: StreamRelay, fields: OriginFields, authority: String) {
        self.relay = relay
        self.fields = fields
        self.authority = authority
    }

    /// Fields of a request whose answer must come plain to be looked into.
    static func plain(_ fields: HTTPHeaders) -> HTTPHeaders {
        var fields = fields
        fields.remove(name: "accept-encoding")
        return fields
    }

    func originInterim(_ head: HTTPResponseHead) { relay.originInterim(head) }
    func originTrailers(_ fields: HTTPHeaders) { relay.originTrailers(fields) }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        let isJSON = head.headers.first(name: "content-type")?.lowercased().hasPrefix("application/json") == true
        guard isJSON, head.status == .ok, !head.headers.contains(name: "content-encoding") else {
            return relay.originHead(head)
        }
        gathered = (head, ByteBuffer())
        return nil
    }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        guard var answer = gathered else { return relay.originPart(part) }
        gathered = nil
        answer.body.writeImmutableBuffer(part)
        guard answer.body.readableBytes <= Self.longestBody else {
            return relay.resume(answer.head, parts: answer.body)
        }
        gathered = answer
        return nil
    }

    func originEnd() {
        guard let answer = gathered else { return relay.originEnd() }
        gathered = nil
        var (head, body) = answer
        // From the last to the first, so that the places of the others stay.
        for link in (GraphLinks.find(in: Array(body.readableBytesView)) ?? []).reversed() {
            let url = String(decoding: link.value, as: UTF8.self)
            guard let own = fields.translated(link: url, to: authority) else { continue }
            body = body.replacing(link.range, with: link.escaped(Array(own.utf8)))
        }
        if head.headers.contains(name: "content-length") {
            head.headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        }
        _ = relay.resume(head, parts: body)
        relay.originEnd()
    }

    func originFailed(_ failure: OriginFailure) {
        gathered = nil
        relay.originFailed(failure)
    }
}
