import NIOCore
import NIOHTTP1
import RiffleListings

/// Gathers a small answer of the origin whole. Confined to its loop.
final class AnswerGatherer: OriginReceiver {
    private let limit: Int
    private let completion: (HTTPResponseHead?, ByteBuffer?) -> Void
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()
    private var isTooLong = false

    /// - Parameter completion: called once; without head when none came, without body when it was too long or broke off.
    init(limit: Int, completion: @escaping (HTTPResponseHead?, ByteBuffer?) -> Void) {
        self.limit = limit
        self.completion = completion
    }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        self.head = head
        return nil
    }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        isTooLong = isTooLong || body.readableBytes + part.readableBytes > limit
        if !isTooLong { body.writeImmutableBuffer(part) }
        return nil
    }

    func originEnd() { completion(head, isTooLong ? nil : body) }
    func originFailed(_ failure: OriginFailure) { completion(head, nil) }
}

extension WriteAnswer {
    init(_ head: HTTPResponseHead, body: ByteBuffer?) {
        self.init(
            status: Int(head.status.code), location: head.headers.first(name: "location"),
            contentType: head.headers.first(name: "content-type"), body: body.map { Array($0.readableBytesView) })
    }
}
