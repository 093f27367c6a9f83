import NIOCore

/// Turns the bytes of one connection into replies and tells its owner, once, when the connection has ended.
final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let decoder: ReplyDecoder
    private let onReply: (Reply) -> Void
    private var onEnd: ((String) -> Void)?

    init(decoder: ReplyDecoder, onReply: @escaping (Reply) -> Void, onEnd: @escaping (String) -> Void) {
        self.decoder = decoder
        self.onReply = onReply
        self.onEnd = onEnd
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard onEnd != nil else { return }
        do throws(ReplyStreamError) {
            try decoder.feed(unwrapInboundIn(data))
            while onEnd != nil, let reply = try decoder.next() { onReply(reply) }
        } catch {
            end(context, error.message)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, "the server closed the connection")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(context, String(describing: error))
    }

    private func end(_ context: ChannelHandlerContext, _ reason: String) {
        let tell = onEnd
        onEnd = nil
        context.close(promise: nil)
        tell?(reason)
    }
}
