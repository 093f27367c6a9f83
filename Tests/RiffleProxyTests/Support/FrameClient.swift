import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix

/// An HTTP/2 client that says whatever a test wants said, frame by frame, and hands back every frame it gets.
struct FrameClient {
    let channel: any Channel
    private let frames: AsyncStream<HTTP2Frame>

    /// Connects with prior knowledge; ends with `body`.
    static func run(port: Int, _ body: (FrameClient) async throws -> Void) async throws {
        let (frames, continuation) = AsyncStream.makeStream(of: HTTP2Frame.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var configuration = NIOHTTP2Handler.ConnectionConfiguration()
                    configuration.headerBlockValidation = .disabled
                    configuration.contentLengthValidation = .disabled
                    configuration.controlFrameRateLimit.maximumCount = 10_000
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOHTTP2Handler(mode: .client, connectionConfiguration: configuration))
                    try pipeline.addHandler(Collector(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let client = FrameClient(channel: channel, frames: frames)
        let result: Result<Void, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        try? await channel.close()
        try result.get()
    }

    func send(_ stream: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload) async throws {
        let frame = HTTP2Frame(streamID: stream, payload: payload)
        try await channel.eventLoop.submit { [channel] in
            // Gone when the other side has closed the connection, which a test learns from the frames.
            try? channel.pipeline.syncOperations.handler(type: Collector.self).write(frame)
        }.get()
    }

    func request(_ stream: HTTP2StreamID, _ fields: [(String, String)], ends: Bool = true) async throws {
        try await send(stream, .headers(.init(headers: HPACKHeaders(fields), endStream: ends)))
    }

    /// The next frame that `pick` makes something of; nil when the connection ends before.
    func first<T>(_ pick: (HTTP2Frame) -> T?) async -> T? {
        for await frame in frames {
            if let found = pick(frame) { return found }
        }
        return nil
    }

    /// How a stream was answered: `status 400`, or `reset` with its code.
    func answer(on stream: HTTP2StreamID) async -> String? {
        await first { frame in
            guard frame.streamID == stream else { return nil }
            switch frame.payload {
            case .headers(let headers): return "status \(headers.headers.first(name: ":status") ?? "")"
            case .rstStream(let code): return "reset \(code)"
            default: return nil
            }
        }
    }

    func goAway() async -> HTTP2ErrorCode? {
        await first { frame in
            guard case .goAway(_, let code, _) = frame.payload else { return nil }
            return code
        }
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let continuation: AsyncStream<HTTP2Frame>.Continuation
    private var context: ChannelHandlerContext?

    init(_ continuation: AsyncStream<HTTP2Frame>.Continuation) {
        self.continuation = continuation
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        continuation.finish()
    }

    func write(_ frame: HTTP2Frame) {
        context?.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        continuation.yield(unwrapInboundIn(data))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
