import NIOCore
import NIOSSL
import NIOTLS

/// A connection of a client, as the front counts and ends it.
protocol ClientConnection: AnyObject {
    /// Asks the connection to end as soon as nothing is in progress.
    func drainAndClose()
    func closeNow()
}

/// Stands in a TLS connection until its handshake is over, then lets the protocol in that client and riffle agreed on.
///
/// Confined to its event loop. A handshake has as long as a request head.
final class Doorway: ChannelInboundHandler, RemovableChannelHandler, ClientConnection {
    typealias InboundIn = ByteBuffer

    private let front: Front
    private let remoteAddress: String
    private var context: ChannelHandlerContext?
    private var patience: Scheduled<Void>?
    private var isOpen = false

    init(front: Front, remoteAddress: String) {
        self.front = front
        self.remoteAddress = remoteAddress
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
        let limit = TimeAmount.milliseconds(front.timeLimits.head)
        patience = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [weak self] in self?.closeNow() }
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
        patience?.cancel()
        patience = nil
        guard isOpen else { return }
        isOpen = false
        front.connectionClosed(self)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(
                HTTP1Connection(front: front, remoteAddress: remoteAddress), position: .after(self))
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func drainAndClose() { closeNow() }
    func closeNow() { context?.close(promise: nil) }
}

extension FrontHandle {
    /// Takes in a connection that was just accepted on this loop.
    func admit(_ channel: any Channel, remoteAddress: String, tls: NIOSSLContext?) throws {
        let front = front.value
        let pipeline = channel.pipeline.syncOperations
        guard let tls else {
            return try pipeline.addHandler(HTTP1Connection(front: front, remoteAddress: remoteAddress))
        }
        try pipeline.addHandler(NIOSSLServerHandler(context: tls))
        try pipeline.addHandler(Doorway(front: front, remoteAddress: remoteAddress))
    }
}
