import NIOCore
import NIOPosix
import Testing

@testable import RiffleProxy

/// How much of riffle one client may have.
struct ConnectionLimitTests {
    @Test("a connection is closed behind its last request, which is answered")
    func requests() async throws {
        try await CacheStage.with {
            $0.limits.requestsPerConnection = 3
        } _: { stage in
            stage.origin.answer { _ in OriginAnswer(fields: [("Cache-Control", "max-age=60")], body: "x") }
            let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
            let text = try await stage.raw(String(repeating: request, count: 5))
            let answers = text.split(separator: "HTTP/1.1 200 OK\r\n", omittingEmptySubsequences: true)
            #expect(answers.count == 3)
            #expect(answers.dropLast().allSatisfy { !$0.contains("Connection: close") })
            #expect(answers.last?.contains("Connection: close") == true)
        }
    }

    @Test("a client that leaves without a word is not waited for", .timeLimit(.minutes(1)))
    func silent() async throws {
        try await CacheStage.with {
            $0.limits.idleTimeout = 600_000
        } _: { stage in
            let channels = try await stage.connect(count: 1)
            // The other direction ends only when riffle has closed too.
            try await channels[0].close(mode: .output)
            try await channels[0].closeFuture.get()
        }
    }

    @Test("an address has so many connections at once, and may come again when one has ended")
    func addresses() async throws {
        try await CacheStage.with {
            $0.limits.connectionsPerAddress = 2
        } _: { stage in
            stage.origin.answer { _ in OriginAnswer(body: "x") }
            let held = try await stage.connect(count: 2)
            let request = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let refused = (try? await stage.raw(request)) ?? ""
            #expect(refused.isEmpty)
            try await held[0].close()
            let isServed = try await eventually { (try? await stage.raw(request))?.hasPrefix("HTTP/1.1 200") == true }
            #expect(isServed)
            try await held[1].close()
        }
    }
}
