import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Answers `Expect: 100-continue` (RFC 9110 §10.1.1) once earlier pipelined responses are out. Confined to its channel.
final class ContinueHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var unanswered = 0
    /// The last request read waits for its 100; it sends no body before, so there is never more than one.
    private var isOwed = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            unanswered += 1
            if let expectation = head.headerFields[.expect], expectation.lowercased() == "100-continue" {
                isOwed = true
                payIfDue(context)
            }
        case .body, .end: isOwed = false
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            // A final answer before the body was asked for makes the 100 pointless.
            if unanswered == 1, head.status.kind != .informational { isOwed = false }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            unanswered -= 1
            context.write(data, promise: promise)
            payIfDue(context)
        }
    }

    private func payIfDue(_ context: ChannelHandlerContext) {
        guard isOwed, unanswered == 1 else { return }
        isOwed = false
        let head = HTTPResponse(status: .init(code: 100, reasonPhrase: "Continue"))
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }
}
