import NIOCore
import NIOEmbedded
import NIOHTTP1
import RiffleHTTP
import Testing

@testable import RiffleProxy

/// When a kept connection to the origin carries another request.
@Suite("A kept connection to the origin", .timeLimit(.minutes(2)))
struct OriginLineTests {
    /// A line on which one request was answered.
    private func line(lifetime: Int? = nil, idleTimeout: Int = 4) -> OriginLine {
        var line = OriginLine(idleTimeout: idleTimeout)
        let mayGo = line.request()
        #expect(mayGo)
        line.requestEnded()
        line.answered(lifetime: lifetime)
        line.ended(nil)
        return line
    }

    @Test(
        "is left in the last second of what the origin promises",
        arguments: [
            (nil, false, nil), (0, true, nil), (1, true, nil), (2, false, .seconds(1)), (4, false, .seconds(3)),
            (5, false, nil), (75, false, nil),
        ] as [(Int?, Bool, TimeAmount?)])
    func lifetime(_ promised: Int?, _ isLast: Bool, _ patience: TimeAmount?) {
        var line = line(lifetime: promised)
        #expect(line.release() == .init(trailers: nil, isLast: isLast, patience: patience))
        let mayGo = line.request()
        #expect(mayGo != isLast)
    }

    @Test("carries nothing more when bytes came behind an answer")
    func surplus() {
        var line = line()
        let isBehind = line.surplus()
        #expect(isBehind)
        #expect(line.release()?.isLast == true)
        let mayGo = line.request()
        #expect(!mayGo)
    }

    @Test("takes what comes within an answer for a part of it")
    func within() {
        var line = OriginLine(idleTimeout: 4)
        _ = line.request()
        let isBehind = line.surplus()
        #expect(!isBehind)
    }

    @Test("does not expire while it is in use, and is of no use when it has")
    func expiry() {
        var busy = line(lifetime: 2)
        _ = busy.release()
        _ = busy.request()
        let ends = busy.expired()
        #expect(!ends)
        var idle = line(lifetime: 2)
        _ = idle.release()
        let idleEnds = idle.expired()
        let mayGo = idle.request()
        #expect(idleEnds && !mayGo)
    }

    @Test(
        "is promised a time by Keep-Alive",
        arguments: [
            ("timeout=5", 5), ("timeout=5, max=100", 5), ("max=100, Timeout = 7", 7), ("max=3", nil),
            ("timeout=x", nil),
            ("timeout", nil), ("timeout=99999999999999999999", 86_400), ("", nil),
        ] as [(String, Int?)])
    func field(_ value: String, _ seconds: Int?) {
        #expect(KeepAlive.timeout(["Keep-Alive": value]) == seconds)
    }

    @Test("is not used again when the origin keeps it for a second only", arguments: [nil, "timeout=1", "timeout=60"])
    func promised(_ value: String?) async throws {
        try await CacheStage.with { stage in
            let fields = value.map { [("Keep-Alive", $0)] } ?? []
            stage.origin.script("/a", [OriginAnswer(fields: fields)])
            for _ in 0..<3 {
                let answer = try await stage.send("POST", "/a")
                #expect(answer.status == 200)
            }
            #expect(stage.origin.connections.opened == (value == "timeout=1" ? 3 : 1))
        }
    }

    @Test("is closed before the origin closes it")
    func closed() throws {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers(
            [HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder())] as [any ChannelHandler])
        let added = OriginTap.add(to: channel, OriginCalls(), idleTimeout: 4)
        channel.embeddedEventLoop.run()
        try added.wait()
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/origin")).wait()
        for _ in 0..<3 {
            // Each request begins the time anew.
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            try channel.writeOutbound(HTTPClientRequestPart.head(.init(version: .http1_1, method: .GET, uri: "/")))
            try channel.writeOutbound(HTTPClientRequestPart.end(nil))
            try channel.writeInbound(
                ByteBuffer(string: "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=3\r\nContent-Length: 0\r\n\r\n"))
            #expect(channel.isActive)
        }
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1_999))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isActive)
    }

    /// Answers that a careless origin sends along with another one.
    static let leftovers = ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "HTTP/1.1 103 Hints\r\n\r\n", "evil"]

    @Test(
        "that brings more than was asked for gives the next request no answer, and costs it nothing",
        arguments: leftovers, ["POST", "PUT", "GET"])
    func desync(_ leftover: String, _ method: String) async throws {
        try await CacheStage.with({ $0.origin.connections = 1 }) { stage in
            let answer = try await Self.answer(to: method, behind: leftover, stage)
            #expect(answer.status == 200 && answer.body == "mine")
            #expect(stage.origin.requests.count == 2)
            #expect(stage.origin.connections.opened == 2)
        }
    }

    @Test("that brings an empty line goes on (RFC 9112 §2.2)")
    func emptyLine() async throws {
        try await CacheStage.with({ $0.origin.connections = 1 }) { stage in
            let answer = try await Self.answer(to: "POST", behind: "\r\n", stage)
            #expect(answer.body == "mine")
            #expect(stage.origin.connections.opened == 1)
        }
    }

    @Test(
        "that brings the first letter of an answer spoils the next one, and is nobody's answer",
        arguments: ["POST", "PUT"])
    func letter(_ method: String) async throws {
        try await CacheStage.with({ $0.origin.connections = 1 }) { stage in
            let answer = try await Self.answer(to: method, behind: "H", stage)
            #expect(method == "POST" ? answer.status == 502 : answer.body == "mine")
            #expect(stage.origin.connections.opened == (method == "POST" ? 1 : 2))
        }
    }

    /// The answer to a request that takes the only connection there may be as soon as another one's answer is over, which
    /// `leftover` follows.
    private static func answer(to method: String, behind leftover: String, _ stage: CacheStage) async throws
        -> WireMessage
    {
        stage.origin.script(
            "/a", [OriginAnswer(fields: [("Content-Length", "2")], body: "ok" + leftover, waits: true)])
        stage.origin.script("/b", [OriginAnswer(body: "mine")])
        async let first = stage.send("POST", "/a")
        #expect(try await eventually { stage.origin.heldCount == 1 })
        async let second = stage.send(method, "/b")
        #expect(try await eventually { await stage.callsInFlight() == 2 })
        stage.origin.release()
        let body = try await first.body
        #expect(body == "ok")
        return try await second
    }
}
