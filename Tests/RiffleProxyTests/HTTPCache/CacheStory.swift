import Logging
import NIOCore
import NIOPosix
import NIOSSL
import RiffleInspect
import Testing

@testable import RiffleProxy

/// A riffle in front of a scripted origin, and a client that speaks plain bytes to it.
struct CacheStage: Sendable {
    let origin: ScriptedOrigin
    private let server: RiffleServer
    let port: Int
    private let group: MultiThreadedEventLoopGroup

    /// Runs `body` with both started, and ends both.
    ///
    /// - Parameter tls: makes the origin one that speaks TLS.
    static func with(
        _ change: (inout Settings) -> Void = { _ in }, tls: NIOSSLContext? = nil,
        _ body: (CacheStage) async throws -> Void
    ) async throws {
        let origin = try await ScriptedOrigin.start(tls: tls)
        let scheme = tls == nil ? "http" : "https"
        let url = try #require(OriginURL("\(scheme)://localhost:\(origin.port)"))
        var settings = Settings(origin: url)
        settings.listen = .tcp(host: "127.0.0.1", port: 0)
        settings.admin = nil
        settings.cache.scope = .all
        settings.loops = .count(1)
        settings.prefetch.enabled = false
        change(&settings)
        let server = try await RiffleServer.start(settings, version: "test", log: Logger(label: "test"))
        guard case .tcp(_, let port) = server.address else { return }
        let stage = CacheStage(
            origin: origin, server: server, port: port, group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
        do {
            try await body(stage)
        } catch {
            await stage.end()
            throw error
        }
        await stage.end()
    }

    /// What the canary found, by its word.
    func canary() async throws -> [String: UInt64] { await server.inspection.snapshot().canary }

    /// Requests that riffle wants an answer of the origin to.
    func callsInFlight() async -> Int { await server.inspection.snapshot().origin.inFlight }

    private func end() async {
        await server.stop()
        try? await group.shutdownGracefully()
        await origin.stop()
    }

    /// - Parameter trailing: bytes behind the head that no length announces.
    func send(
        _ method: String = "GET", _ target: String, _ fields: [(String, String)] = [], body: String = "",
        trailing: String = ""
    ) async throws -> WireMessage {
        var text = "\(method) \(target) HTTP/1.1\r\nConnection: close\r\n"
        if !fields.contains(where: { $0.0 == "Host" }) { text += "Host: cache.test\r\n" }
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if !body.isEmpty { text += "Content-Length: \(body.utf8.count)\r\n" }
        text += "\r\n" + body + trailing
        let answer = try await raw(text)
        var message = try #require(WireMessage(answer), "no complete answer: \(answer)")
        while message.status < 200, message.status > 0, let next = WireMessage(message.body) { message = next }
        if message["transfer-encoding"]?.lowercased() == "chunked" { message.body = Self.dechunked(message.body) }
        return message
    }

    /// All bytes that come back for these, until riffle closes.
    func raw(_ text: String) async throws -> String {
        let done = group.next().makePromise(of: String.self)
        let bytes = ByteBuffer(string: text)
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ClientConnection(done))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(bytes)
        return try await done.futureResult.get()
    }

    /// Connections that say nothing.
    func connect(count: Int) async throws -> [any Channel] {
        var channels: [any Channel] = []
        for _ in 0..<count {
            channels.append(try await ClientBootstrap(group: group).connect(host: "127.0.0.1", port: port).get())
        }
        return channels
    }

    static func dechunked(_ text: String) -> String {
        var rest = text[...]
        var body = ""
        while let line = rest.firstIndex(of: "\r\n"), let length = Int(rest[..<line], radix: 16), length > 0 {
            rest = rest[rest.index(after: line)...]
            let end = rest.utf8.index(rest.utf8.startIndex, offsetBy: length, limitedBy: rest.utf8.endIndex)
            guard let end else { break }
            body += rest[..<end]
            rest = rest[end...].dropFirst()
        }
        return body
    }
}

private final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let done: EventLoopPromise<String>
    private var text = ByteBuffer()

    init(_ done: EventLoopPromise<String>) { self.done = done }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text.writeImmutableBuffer(unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) { done.succeed(String(buffer: text)) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// One request of a story: what the client sends, what the origin would say, and what must come of it.
struct CacheStep: Sendable {
    enum Expectation: Sendable {
        /// The origin is not asked.
        case cached
        /// The origin is asked and its answer is passed on.
        case fetched
        /// The origin is asked whether the stored answer holds, and the stored one is given.
        case validated
    }

    var method = "GET"
    var target = ""
    var request: [(String, String)] = []
    var answer = OriginAnswer()
    var expect = Expectation.fetched
    var status: Int?
    /// Fields the client must get; nil: must not get.
    var gets: [(String, String?)] = []
    /// Fields the origin must get; nil: must not get.
    var asks: [(String, String?)] = []
}

/// Requests for one URL, one after another, as the public suites for caches tell them.
struct CacheStory: Sendable, CustomTestStringConvertible {
    let name: String
    let steps: [CacheStep]

    init(_ name: String, _ steps: [CacheStep]) {
        self.name = name
        self.steps = steps
    }

    var testDescription: String { name }

    func play(on stage: CacheStage, at base: String) async throws {
        var lastBody = ""
        for (number, step) in steps.enumerated() {
            let target = base + step.target
            var answer = step.answer
            if answer.body.isEmpty { answer.body = "body of step \(number)" }
            stage.origin.script(target, [answer])
            let before = stage.origin.requests.count
            let response = try await stage.send(step.method, target, step.request)
            let asked = stage.origin.requests.dropFirst(before)
            let place: Comment = "\(name), request \(number + 1): \(response.start), \(response["cache-status"] ?? "")"
            switch step.expect {
            case .cached: #expect(asked.isEmpty, place)
            case .fetched:
                #expect(!asked.isEmpty, place)
                #expect(response.status == step.status ?? answer.status, place)
            case .validated:
                #expect(asked.contains { $0["if-none-match"] != nil || $0["if-modified-since"] != nil }, place)
            }
            let status = step.status ?? (step.expect == .fetched ? answer.status : 200)
            #expect(response.status == status, place)
            let hasBody = step.method != "HEAD" && status != 304 && status != 204
            if hasBody, status == 200 {
                if step.expect == .fetched { lastBody = answer.body }
                #expect(response.body == lastBody, place)
            }
            for (name, value) in step.gets {
                if let value {
                    #expect(response.values(name).contains(value), "\(place) \(name): \(response.values(name))")
                } else {
                    #expect(response[name] == nil, "\(place) \(name)")
                }
            }
            for (name, value) in step.asks {
                let got = asked.last?[name]
                #expect(got == value, "\(place) origin got \(name): \(got ?? "nothing")")
            }
        }
    }
}
