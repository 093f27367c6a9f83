import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import RiffleProxy

@Suite("A kept connection to the origin that fails before it answers")
struct OriginRetryTests {
    enum Fault: CaseIterable, Sendable {
        case closes, leftovers
    }

    @Test("costs a safe request nothing: it is sent once more", arguments: Fault.allCases)
    func safe(_ fault: Fault) async throws {
        let outcome = try await statuses(["GET /a HTTP/1.1", "GET /b HTTP/1.1"], fault)
        #expect(outcome.statuses == ["200", "200"])
        #expect(outcome.requests == 3)
    }

    @Test("ends any other request with an error: it may have been carried out", arguments: Fault.allCases)
    func unsafe(_ fault: Fault) async throws {
        let outcome = try await statuses(["GET /a HTTP/1.1", "DELETE /b HTTP/1.1"], fault)
        #expect(outcome.statuses == ["200", "502"])
        #expect(outcome.requests == 2)
    }

    /// Sends the requests, one after another, to a riffle whose origin answers the second of a connection with the fault.
    private func statuses(
        _ requests: [String], _ fault: Fault
    ) async throws -> (statuses: [String], requests: Int) {
        let seen = Seen()
        let origin = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FaultyAnswers(fault: fault, seen: seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(origin.localAddress?.port)
        var statuses: [String] = []
        try await RunningRiffle.run({ settings in
            if let url = OriginURL("http://127.0.0.1:\(port)") { settings.origin.url = url }
        }) { riffle in
            for request in requests {
                let answer = try await PlainSocket.exchange(
                    "\(request)\r\nHost: x\r\nConnection: close\r\n\r\n", riffle.port)
                statuses.append(String(answer.dropFirst("HTTP/1.1 ".count).prefix(3)))
            }
        }
        try await origin.close()
        return (statuses, seen.requests.load(ordering: .relaxed))
    }

    private final class Seen: Sendable {
        let requests = Atomic<Int>(0)
    }

    /// Takes each read for one request, as these small ones come.
    private final class FaultyAnswers: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let fault: Fault
        private let seen: Seen
        private var answered = 0

        init(fault: Fault, seen: Seen) {
            self.fault = fault
            self.seen = seen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            seen.requests.add(1, ordering: .relaxed)
            answered += 1
            let answer: String
            switch (answered, fault) {
            case (1, _): answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            case (_, .closes): return context.close(promise: nil)
            case (_, .leftovers): answer = "what was left of the answer before"
            }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }
}
