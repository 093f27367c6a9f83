import NIOCore
import NIOSSL
import NIOTLS

/// A connection of a client, as the front counts and ends it.
protocol ClientConnection: AnyObject {
    /// Asks the connection to end as soon as nothing is in progress.
    func drainAndClose()
    func closeNow()
    /// Ends what has taken longer than it may; called every ``Front/TimeLimits/check``.
    ///
    /// - Parameter now: monotonic milliseconds.
    func checkTime(_ now: Int64)
}

/// Stands in a new connection until it is known what it speaks, then lets that protocol in and leaves.
///
/// Under TLS the end of the handshake says so (ALPN); without, the first bytes do: HTTP/2 with prior knowledge begins
/// with a preface that is no request of HTTP/1 (RFC 9113 §3.3). Confined to its event loop. Handshake and preface have as
/// long as a request head; a connection that says nothing at all, as long as an idle one.
final class Doorway: ChannelInboundHandler, RemovableChannelHandler, ClientConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let front: Front
    private let remoteAddress: String
    private let isTLS: Bool
    private var context: ChannelHandlerContext?
    /// Monotonic milliseconds.
    private var patienceEnds = Int64.max
    private var isOpen = false
    private var first = ByteBuffer()
    private var certificate: ClientCertificate?

    init(front: Front, remoteAddress: String, isTLS: Bool) {
        self.front = front
        self.remoteAddress = remoteAddress
        self.isTLS = isTLS
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
        wait(isTLS ? front.timeLimits.head : front.timeLimits.idle)
    }

    private func wait(_ milliseconds: Int64) {
        patienceEnds = front.now() + milliseconds
    }

    func checkTime(_ now: Int64) {
        if now > patienceEnds { closeNow() }
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

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let TLSUserEvent.handshakeCompleted(negotiated):
            guard takeCertificate(context) else { return context.close(promise: nil) }
            letIn(negotiated == "h2", context)
        case let event as ChannelEvent where event == .inputClosed && !isTLS:
            letIn(false, context, telling: event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Under TLS nothing comes before the handshake is over, and then this handler is gone.
        var bytes = unwrapInboundIn(data)
        if first.readableBytes == 0 { wait(front.timeLimits.head) }
        first.writeBuffer(&bytes)
        switch HTTP2Preface.match(first) {
        case .partial: break
        case .whole: letIn(true, context)
        case .none: letIn(false, context)
        }
    }

    /// - Returns: false when there should be a certificate and none can be had.
    private func takeCertificate(_ context: ChannelHandlerContext) -> Bool {
        guard front.gateway.settings.tls.clientCAFile != nil else { return true }
        let found = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self).peerCertificate
        certificate = found.flatMap { ClientCertificate($0, naming: front.gateway.naming) }
        return certificate != nil
    }

    /// - Parameter event: what the protocol must hear of; behind this handler's leave nothing would pass it on.
    private func letIn(_ isHTTP2: Bool, _ context: ChannelHandlerContext, telling event: ChannelEvent? = nil) {
        let pipeline = context.pipeline.syncOperations
        let output = ClientOutput(context.channel, isPlain: !isTLS)
        do {
            if isHTTP2 {
                try pipeline.addHandler(
                    HTTP2Connection(
                        front: front, remoteAddress: remoteAddress, output: output, certificate: certificate),
                    position: .after(self))
            } else {
                try pipeline.addHandler(
                    HTTP1Connection(
                        front: front, remoteAddress: remoteAddress, output: output, certificate: certificate),
                    position: .after(self))
            }
        } catch {
            return context.close(promise: nil)
        }
        if first.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(first))
            context.fireChannelReadComplete()
            first = ByteBuffer()
        }
        if let event { context.fireUserInboundEventTriggered(event) }
        pipeline.removeHandler(self, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func drainAndClose() { closeNow() }
    func closeNow() { context?.close(promise: nil) }
}

/// The bytes an HTTP/2 client begins with (RFC 9113 §3.4).
enum HTTP2Preface {
    enum Match {
        case none, partial, whole
    }

    static let length = 24

    private static let bytes: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    static func match(_ buffer: ByteBuffer) -> Match {
        buffer.withUnsafeReadableBytes { given in
            let length = bytes.utf8CodeUnitCount
            for index in 0..<min(length, given.count) where given[index] != bytes.utf8Start[index] { return .none }
            return given.count < length ? .partial : .whole
        }
    }
}

extension Doorway {
    static func add(
        to pipeline: ChannelPipeline.SynchronousOperations, front: Front, remoteAddress: String, tls: NIOSSLContext?
    ) throws {
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        try pipeline.addHandler(Doorway(front: front, remoteAddress: remoteAddress, isTLS: tls != nil))
    }
}

extension FrontHandle {
    /// Takes in a connection that was just accepted on this loop.
    func admit(_ channel: any Channel, tls: NIOSSLContext?) throws {
        let front = front.value
        let pipeline = channel.pipeline.syncOperations
        let address = channel.remoteAddress?.ipAddress
        let name = address ?? "unix"
        if front.gateway.settings.proxyProtocolFrom.contains(where: { $0.contains(address) }) {
            return try pipeline.addHandler(ProxyDoorway(front: front, balancer: name, tls: tls))
        }
        try Doorway.add(to: pipeline, front: front, remoteAddress: name, tls: tls)
    }
}
