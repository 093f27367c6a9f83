import NIOCore
import NIOHTTP1
import RiffleListings

/// Relays the answer of a write, settling its flow on every way it can end, before the client can know that it ended.
final class WriteRelay: OriginReceiver {
    private enum Answer {
        /// On its way to the client, or not begun.
        case passing
        /// Must be known whole: head and body so far.
        case gathered(HTTPResponseHead, ByteBuffer)
        /// Goes to the client as it comes, but for its end.
        case followed(HTTPResponseHead, AnswerTail, held: ByteBuffer)
    }

    private let relay: StreamRelay
    private let flow: WriteFlow
    private let loop: any EventLoop
    private var answer = Answer.passing

    init(relay: StreamRelay, flow: WriteFlow, loop: any EventLoop) {
        self.relay = relay
        self.flow = flow
        self.loop = loop
    }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        switch flow.outcome {
        case .inBody:
            answer = .gathered(head, ByteBuffer())
            return nil
        case .atEnd where (200...299).contains(head.status.code):
            let length = head.headers.first(name: "content-length").flatMap { Int($0) }
            answer = .followed(head, AnswerTail(length: length), held: ByteBuffer())
            return relay.originHead(head)
        case .inHead, .atEnd:
            return settle(head, nil) { [relay] in relay.originHead(head) }
        }
    }

    /// The answer so far, held nowhere else, so that what is appended to it is not copied.
    private func taken() -> Answer {
        defer { answer = .passing }
        return answer
    }

    func originInterim(_ head: HTTPResponseHead) { relay.originInterim(head) }
    func originTrailers(_ fields: HTTPHeaders) { relay.originTrailers(fields) }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        switch taken() {
        case .passing: return relay.originPart(part)
        case .gathered(let head, var body):
            body.writeImmutableBuffer(part)
            guard body.readableBytes > Dialect.writeBodyLimit else {
                answer = .gathered(head, body)
                return nil
            }
            return settle(head, nil) { [relay] in relay.resume(head, parts: body) }
        case .followed(let head, var tail, var held):
            held.writeImmutableBuffer(part)
            let kept = part.withUnsafeReadableBytes { tail.take($0) }
            let free = held.readSlice(length: held.readableBytes - kept) ?? ByteBuffer()
            held.discardReadBytes()
            answer = .followed(head, tail, held: held)
            // The origin goes on with its work when the client has left, and riffle waits for its end.
            return relay.isClientGone || free.readableBytes == 0 ? nil : relay.originPart(free)
        }
    }

    func originEnd() {
        switch taken() {
        case .passing: relay.originEnd()
        case .gathered(var head, var body):
            _ = settle(head, body) { [relay, flow] in
                if let link = flow.link {
                    body = body.replacing(link.place.range, with: link.place.escaped(link.value))
                    if head.headers.contains(name: "content-length") {
                        head.headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
                    }
                }
                _ = relay.resume(head, parts: body)
                relay.originEnd()
                return nil
            }
        case .followed(let head, _, let held):
            _ = settle(head, nil) { [relay] in
                _ = relay.originPart(held)
                relay.originEnd()
                return nil
            }
        }
    }

    func originFailed(_ failure: OriginFailure) {
        // What there is of an answer that broke off is not the answer.
        answer = .passing
        guard let settled = flow.answered(nil) else { return relay.originFailed(failure) }
        settled.assumeIsolated().whenComplete { [relay] _ in relay.originFailed(failure) }
    }

    /// Settles the flow, then goes on.
    private func settle(
        _ head: HTTPResponseHead, _ body: ByteBuffer?, _ next: @escaping () -> EventLoopFuture<Void>?
    ) -> EventLoopFuture<Void>? {
        // That a second request fails says nothing of what the first one did.
        let isSecondFailing = relay.call?.mayHaveActed == true && head.status.code >= 400
        guard let settled = flow.answered(isSecondFailing ? nil : head, body: body) else { return next() }
        return settled.assumeIsolated().flatMap { [loop] in next() ?? loop.makeSucceededVoidFuture() }.nonisolated()
    }
}
