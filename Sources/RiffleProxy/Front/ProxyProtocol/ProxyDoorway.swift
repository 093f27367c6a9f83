import NIOCore
import NIOSSL

/// Reads the PROXY header of a connection from a trusted balancer, then lets the connection in under the client's address.
///
/// Confined to its event loop. The header has as long as a request head; without a sound one the connection is closed.
final class ProxyDoorway: ChannelInboundHandler, RemovableChannelHandler, ClientConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let front: Front
    private let balancer: String
    private let tls: NIOSSLContext?
    private var context: ChannelHandlerContext?
    /// Monotonic milliseconds.
    private var patienceEnds = Int64.max
    private var isOpen = false
    private var first = ByteBuffer()

    init(front: Front, balancer: String, tls: NIOSSLContext?) {
        self.front = front
        self.balancer = balancer
        self.tls = tls
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { opened(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        opened(context)
        context.fireChannelActive()
    }

    private func opened(_ context: ChannelHandlerContext) {
        guard !isOpen else { return }
        isOpen = true
        front.connectionOpened(self)
        patienceEnds = front.now() + front.timeLimits.head
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended()
        self.context = nil
    }

    private func ended() {
        guard isOpen else { return }
        isOpen = false
        front.connectionClosed(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        first.writeBuffer(&bytes)
        switch ProxyHeader.parse(&first) {
        case .needMore: break
        case .malformed: context.close(promise: nil)
        case .client(let address): letIn(address ?? balancer, context)
        }
    }

    private func letIn(_ remoteAddress: String, _ context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            try Doorway.add(to: pipeline, front: front, remoteAddress: remoteAddress, tls: tls)
        } catch {
            return context.close(promise: nil)
        }
        if first.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(first))
            context.fireChannelReadComplete()
            first = ByteBuffer()
        }
        pipeline.removeHandler(self, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func drainAndClose() { closeNow() }
    func closeNow() { context?.close(promise: nil) }

    func checkTime(_ now: Int64) {
        if now > patienceEnds { closeNow() }
    }
}
