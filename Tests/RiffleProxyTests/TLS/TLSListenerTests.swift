import NIOCore
import NIOHTTP1
import Testing

@testable import RiffleProxy

@Suite("A TLS listener")
struct TLSListenerTests {
    private func turnOn(_ files: TestCertificates, clientCA: String? = nil) -> (inout Settings) -> Void {
        { settings in
            files.turnOn(&settings)
            settings.tls.clientCAFile = clientCA
        }
    }

    @Test("clients agree on HTTP/2 by themselves, and the second opening of a folder is a hit")
    func hit() async throws {
        let files = try TestCertificates()
        try files.make("a", for: "localhost")
        try await RunningRiffle.run(turnOn(files)) { riffle in
            #expect(riffle.server.url == "https://127.0.0.1:\(riffle.port)/")
            try await riffle.withClient(trusting: files.path("a.pem")) { client in
                let miss = try await riffle.send("PROPFIND", "/", [("Depth", "1")], by: client)
                #expect(miss.version == .http2 && miss.status == 207)
                let hit = try await riffle.send("PROPFIND", "/", [("Depth", "1")], by: client)
                #expect(hit.headers.first(name: "cache-status")?.hasPrefix("riffle; hit") == true)
                #expect(hit.headers.first(name: "age").flatMap { Int($0) } != nil)
                #expect(hit.body == miss.body)
            }
        }
    }

    @Test("a Destination under https is the origin's own")
    func destination() async throws {
        let files = try TestCertificates()
        try files.make("a", for: "localhost")
        try await RunningRiffle.run(turnOn(files)) { riffle in
            try await riffle.withClient(trusting: files.path("a.pem")) { client in
                let target = "https://localhost:\(riffle.port)/b.txt"
                let moved = try await riffle.send("MOVE", "/a.txt", [("Destination", target)], by: client)
                #expect(moved.status == 201)
                let there = try await riffle.send("GET", "/b.txt", by: client)
                #expect(there.body == ByteBuffer(string: "hello"))
            }
        }
    }

    @Test("where client certificates are asked for, nobody comes in without one")
    func clientCertificates() async throws {
        let files = try TestCertificates()
        try files.make("a", for: "localhost")
        try files.make("client", for: "somebody")
        try await RunningRiffle.run(turnOn(files, clientCA: files.path("client.pem"))) { riffle in
            try await riffle.withClient(trusting: files.path("a.pem")) { client in
                await #expect(throws: (any Error).self) { _ = try await riffle.send("GET", "/a.txt", by: client) }
            }
            let identity = (certificate: files.path("client.pem"), key: files.path("client.key"))
            try await riffle.withClient(trusting: files.path("a.pem"), as: identity) { client in
                let answer = try await riffle.send("GET", "/a.txt", by: client)
                #expect(answer.status == 200)
            }
        }
    }
}
