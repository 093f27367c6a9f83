import NIOCore
import NIOHTTP1
import NIOPosix
import RiffleListings
import Synchronization

/// Where an origin's notifications come in: a listener of its own, because it must be reached from outside and nothing else
/// of riffle may be.
///
/// A notification says that something changed, never what: it only rings for the next poll. Who does not know the
/// client state that riffle gave the origin rings for nobody.
final class Hooks: Sendable {
    /// Subscriptions that asked to be renewed at once, at most.
    private static let maximumRenewals = 4_096

    let bell = DeltaBell()
    /// What riffle tells the origin and nobody else: 128 random bits.
    let clientState: String
    private let channel = Mutex<(any Channel)?>(nil)
    private let renewals = Mutex<Set<String>>([])

    init() {
        var generator = SystemRandomNumberGenerator()
        clientState = (0..<2).map { _ in String(generator.next() as UInt64, radix: 16) }.joined()
    }

    var isOpen: Bool { channel.withLock { $0 != nil } }

    /// - Throws: when the address can't be had.
    func open(_ settings: Settings.Feed, group: any EventLoopGroup) async throws(ConfigurationErrors) {
        guard let address = settings.hookListen else { return }
        do {
            try await bind(address, group: group)
        } catch {
            throw ConfigurationErrors(errors: [
                ConfigurationError(place: "feed.hookListen", "can't listen on \(address): \(error)")
            ])
        }
    }

    private func bind(_ address: ListenAddress, group: any EventLoopGroup) async throws {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(HookHandler(hooks: self))
                }
            }
        let bound: any Channel
        switch address {
        case .tcp(let host, let port): bound = try await bootstrap.bind(host: host, port: port).get()
        case .unix(let path):
            bound = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
        channel.withLock { $0 = bound }
    }

    func close() async {
        let channel = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        try? await channel?.close()
    }

    func mustRenew(_ id: String) -> Bool { renewals.withLock { $0.contains(id) } }
    func renewed(_ id: String) { renewals.withLock { _ = $0.remove(id) } }

    fileprivate func notified(_ notifications: GraphNotifications) {
        guard notifications.rings(for: clientState) else { return }
        renewals.withLock { renewals in
            for id in notifications.renewals where renewals.count < Self.maximumRenewals { renewals.insert(id) }
        }
        bell.ring()
    }
}

/// One connection of the origin's notifier. Confined to its channel.
private final class HookHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let longestBody = 256 << 10

    private let hooks: Hooks
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var isTooLong = false

    init(hooks: Hooks) {
        self.hooks = hooks
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
            isTooLong = false
        case .body(let part):
            isTooLong = isTooLong || body.readableBytes + part.readableBytes > Self.longestBody
            if !isTooLong { body.writeImmutableBuffer(part) }
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.method == .POST, !isTooLong else { return respond(.badRequest, "", context) }
        if let token = GraphNotifications.validationToken(Array(head.uri.utf8)) {
            // The handshake: whoever listens here sends back what it is sent.
            return respond(.ok, token, context)
        }
        guard let notifications = GraphNotifications(Array(body.readableBytesView)) else {
            return respond(.badRequest, "", context)
        }
        hooks.notified(notifications)
        // The same for all, so that a stranger learns nothing.
        respond(.accepted, "", context)
    }

    private func respond(_ status: HTTPResponseStatus, _ text: String, _ context: ChannelHandlerContext) {
        let buffer = ByteBuffer(string: text)
        let head = HTTPResponseHead(
            version: .http1_1, status: status,
            headers: [
                "Content-Type": "text/plain; charset=utf-8", "Content-Length": String(buffer.readableBytes),
                "X-Content-Type-Options": "nosniff",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if buffer.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
