import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One message as the tests see it: bytes on a wire, read leniently.
struct WireMessage: Sendable {
    var start: String
    var fields: [(name: String, value: String)] = []
    var body = ""

    /// nil until the head is complete.
    init?(_ text: String) {
        guard let end = text.range("\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].split(separator: "\r\n", omittingEmptySubsequences: false)
        start = lines.first.map(String.init) ?? ""
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields.append(
                (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop { $0 == " " })))
        }
        body = String(text[end.upperBound...])
    }

    func values(_ name: String) -> [String] { fields.filter { $0.name == name.lowercased() }.map(\.value) }
    subscript(name: String) -> String? { values(name).first }

    var method: String { String(start.prefix { $0 != " " }) }
    var target: String { start.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    var status: Int { Int(target) ?? 0 }
}

extension String {
    func range(_ needle: String) -> Range<String.Index>? {
        let bytes = Array(utf8)
        let wanted = Array(needle.utf8)
        guard bytes.count >= wanted.count else { return nil }
        for start in 0...(bytes.count - wanted.count) where bytes[start] == wanted[0] {
            guard bytes[start..<start + wanted.count].elementsEqual(wanted) else { continue }
            let low = utf8.index(utf8.startIndex, offsetBy: start)
            return low..<utf8.index(low, offsetBy: wanted.count)
        }
        return nil
    }
}

/// What the origin says to one request.
struct OriginAnswer: Sendable {
    var status = 200
    var fields: [(String, String)] = []
    var body = ""
    /// A body that is no text, in place of ``body``.
    var bytes: ByteBuffer?
    /// All that is sent, in place of an answer.
    var wire: String?
    /// Closes the connection without a word.
    var hangsUp = false
    /// Closes the connection behind the bytes it sends.
    var closes = false
    /// Bytes in front of the answer: interim responses.
    var interim = ""
    /// Not sent before ``ScriptedOrigin/release()``.
    var waits = false
    /// What follows the answer on the wire, a piece with each ``ScriptedOrigin/release()``; an empty one closes.
    var later: [String] = []

    /// A piece of a body that is sent in chunks.
    static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n" }
}

/// An origin whose answers the test gives, one after another for each target; the last one repeats. It remembers what it
/// was asked.
final class ScriptedOrigin: Sendable {
    private struct State {
        var scripts: [String: [OriginAnswer]] = [:]
        var rule: (@Sendable (WireMessage) -> OriginAnswer)?
        var requests: [WireMessage] = []
        var held: [@Sendable () -> Void] = []
        var forgets = false
        var opened = 0
        var closed = 0
    }

    private let state = Mutex(State())
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    let port: Int

    private init(group: MultiThreadedEventLoopGroup, channel: any Channel, port: Int) {
        self.group = group
        self.channel = channel
        self.port = port
    }

    static func start(tls: NIOSSLContext? = nil) async throws -> ScriptedOrigin {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let holder = OriginBox()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(OriginConnection(holder))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let origin = ScriptedOrigin(group: group, channel: channel, port: channel.localAddress?.port ?? 0)
        holder.set(origin)
        return origin
    }

    func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }

    func script(_ target: String, _ answers: [OriginAnswer]) {
        state.withLock { $0.scripts[target] = answers }
    }

    /// Answers what has no script.
    func answer(by rule: @escaping @Sendable (WireMessage) -> OriginAnswer) {
        state.withLock { $0.rule = rule }
    }

    var requests: [WireMessage] { state.withLock { $0.requests } }
    /// Whether it remembers nothing, for loads.
    var forgets: Bool {
        get { state.withLock { $0.forgets } }
        set { state.withLock { $0.forgets = newValue } }
    }

    /// Connections that were made, and that have ended.
    var connections: (opened: Int, closed: Int) { state.withLock { ($0.opened, $0.closed) } }

    fileprivate func connectionOpened() { state.withLock { $0.opened += 1 } }
    fileprivate func connectionClosed() { state.withLock { $0.closed += 1 } }

    var heldCount: Int { state.withLock { $0.held.count } }

    /// Sends every answer that waits.
    func release() {
        let held = state.withLock { state in
            defer { state.held.removeAll() }
            return state.held
        }
        for send in held { send() }
    }

    fileprivate func received(_ request: WireMessage) -> OriginAnswer {
        let (answer, rule) = state.withLock { state -> (OriginAnswer?, (@Sendable (WireMessage) -> OriginAnswer)?) in
            if !state.forgets { state.requests.append(request) }
            guard var answers = state.scripts[request.target], let first = answers.first else {
                return (nil, state.rule)
            }
            if answers.count > 1 {
                answers.removeFirst()
                state.scripts[request.target] = answers
            }
            return (first, nil)
        }
        return answer ?? rule?(request) ?? OriginAnswer(status: 404, body: "no script")
    }

    fileprivate func hold(_ send: @escaping @Sendable () -> Void) {
        state.withLock { $0.held.append(send) }
    }
}

/// Lets connections find their origin, which is made after its listener.
private final class OriginBox: Sendable {
    private let origin = Mutex<ScriptedOrigin?>(nil)
    func set(_ value: ScriptedOrigin) { origin.withLock { $0 = value } }
    var value: ScriptedOrigin? { origin.withLock { $0 } }
}

private final class OriginConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let box: OriginBox
    private var text = ""

    init(_ box: OriginBox) { self.box = box }

    func channelActive(context: ChannelHandlerContext) { box.value?.connectionOpened() }
    func channelInactive(context: ChannelHandlerContext) { box.value?.connectionClosed() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        while let request = WireMessage(text) {
            let chunked = request["transfer-encoding"] != nil
            let length = request["content-length"].flatMap { Int($0) } ?? 0
            if chunked ? !Self.isWhole(request.body) : request.body.utf8.count < length { return }
            text = chunked ? "" : String(request.body.dropFirst(length))
            guard let answer = box.value?.received(request) else { return context.close(promise: nil) }
            if answer.hangsUp { return context.close(promise: nil) }
            let channel = context.channel
            let bytes = Self.serialise(answer, isHead: request.method == "HEAD")
            if answer.closes {
                context.writeAndFlush(wrapOutboundOut(bytes)).whenComplete { _ in channel.close(promise: nil) }
            } else if answer.waits {
                box.value?.hold { channel.writeAndFlush(bytes, promise: nil) }
            } else {
                context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
                hold(answer.later[...], channel)
            }
        }
    }

    /// Whether a chunked body has come to its last chunk and the empty line behind the trailer fields.
    private static func isWhole(_ body: String) -> Bool {
        body.hasSuffix("\r\n\r\n") && (body.hasPrefix("0\r\n") || body.range("\r\n0\r\n") != nil)
    }

    private func hold(_ pieces: ArraySlice<String>, _ channel: any Channel) {
        guard let piece = pieces.first else { return }
        box.value?.hold { [box] in
            if piece.isEmpty { return channel.close(promise: nil) }
            channel.writeAndFlush(ByteBuffer(string: piece), promise: nil)
            OriginConnection(box).hold(pieces.dropFirst(), channel)
        }
    }

    private static func serialise(_ answer: OriginAnswer, isHead: Bool) -> ByteBuffer {
        if let wire = answer.wire { return ByteBuffer(string: wire) }
        var text = answer.interim + "HTTP/1.1 \(answer.status) Said\r\n"
        for (name, value) in answer.fields { text += "\(name): \(value)\r\n" }
        let names = answer.fields.map { $0.0.lowercased() }
        let bodiless = answer.status == 304 || answer.status == 204
        let body = answer.bytes ?? ByteBuffer(string: answer.body)
        if !bodiless, !names.contains("content-length"), !names.contains("transfer-encoding") {
            text += "Content-Length: \(body.readableBytes)\r\n"
        }
        var message = ByteBuffer(string: text + "\r\n")
        if !bodiless, !isHead { message.writeImmutableBuffer(body) }
        return message
    }
}
