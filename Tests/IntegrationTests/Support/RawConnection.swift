import NIOCore
import NIOPosix
import Synchronization

/// A TCP connection to riffle that sends exactly the bytes given and keeps all that comes back.
final class RawConnection: Sendable {
    private struct State {
        var received: [UInt8] = []
        var isClosed = false
    }

    private let channel: any Channel
    private let state: Collector

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let state = Mutex(State())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data).readableBytesView
            state.withLock { $0.received.append(contentsOf: bytes) }
        }

        func channelInactive(context: ChannelHandlerContext) { state.withLock { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// - Parameter reads: false to leave what comes in the kernel's buffers until `read` is called.
    static func open(_ port: Int, reads: Bool = true) async throws -> RawConnection {
        let collector = Collector()
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { $0.pipeline.addHandler(collector) }
            .connect(host: "127.0.0.1", port: port).get()
        return RawConnection(channel: channel, state: collector)
    }

    private init(channel: any Channel, state: Collector) {
        self.channel = channel
        self.state = state
    }

    var received: [UInt8] { state.state.withLock { $0.received } }
    var text: String { String(decoding: received, as: UTF8.self) }
    var isClosed: Bool { state.state.withLock { $0.isClosed } }

    /// Errors are the server's refusal to read on, which the test sees by the answer and the closed connection.
    func send(_ text: String) async { try? await channel.writeAndFlush(ByteBuffer(string: text)).get() }
    func send(_ bytes: [UInt8]) async { try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// Takes one more piece from the kernel, for a connection that does not read by itself.
    func read() { channel.read() }

    func awaitText(_ what: String, _ condition: (String) -> Bool) async throws {
        do {
            try await eventually(what) { condition(text) }
        } catch {
            throw TimedOut(description: "\(error); received: \(text.prefix(2_000)), closed: \(isClosed)")
        }
    }

    func awaitClose() async throws {
        do {
            try await eventually("the connection closes") { isClosed }
        } catch {
            throw TimedOut(description: "\(error); received: \(text.prefix(2_000))")
        }
    }

    func close() async { try? await channel.close().get() }

    /// The status codes of the responses so far, interim ones included.
    var statuses: [Int] {
        text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: false).dropFirst()
            .compactMap { Int($0.prefix(3)) }
    }
}
