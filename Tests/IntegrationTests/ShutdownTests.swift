import Foundation
import NIOCore
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("The end of a riffle", .showingServers, .timeLimit(.minutes(3)))
struct ShutdownTests {
    @Test("SIGTERM lets a download end, refuses new connections and exits with 0", arguments: [SIGTERM, SIGINT])
    func drains(signal: Int32) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let size = 24 << 20
            try Data(count: size).write(to: URL(fileURLWithPath: origin.root + "/large"))
            let riffle = try await stage.riffle(before: origin.url)

            let download = try await RawConnection.open(riffle.port, reads: false)
            await download.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            download.read()
            try await eventually("the download has begun") { !download.received.isEmpty }
            riffle.process.signal(signal)
            try await eventually("new connections are refused") {
                do {
                    let connection = try await RawConnection.open(riffle.port)
                    await connection.close()
                    return false
                } catch {
                    return true
                }
            }
            #expect(riffle.process.isRunning)
            try await eventually("the download ends") {
                for _ in 0..<64 { download.read() }
                return download.received.count > size
            }
            #expect(try await riffle.process.exitStatus() == 0)
        }
    }

    @Test("an idle keep-alive connection does not hold it up")
    func idleConnections() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url)
            let idle = try await RawConnection.open(riffle.port)
            await idle.send("GET /top.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            try await idle.awaitText("an answer") { $0.contains("top") }
            riffle.process.signal(SIGTERM)
            #expect(try await riffle.process.exitStatus(within: .seconds(10)) == 0)
        }
    }

    @Test("takes its embedded Redis with it, asked or killed", arguments: [SIGTERM, SIGKILL])
    func embeddedRedis(signal: Int32) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, redis: "embedded", dialect: "webdav")
            #expect(try await riffle.probe.open("/a/").status == 207)
            let servers = riffle.process.descendants(named: "redis-server")
            #expect(servers.count == 1)
            riffle.process.signal(signal)
            _ = try await riffle.process.exitStatus()
            try await eventually("no redis-server is left") { servers.allSatisfy { !ProcessTable.isAlive($0) } }
        }
    }

    @Test("an embedded Redis that crashes is started again and costs nobody an answer")
    func embeddedRedisCrashes() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, redis: "embedded", dialect: "webdav")
            let first = try #require(riffle.process.descendants(named: "redis-server").first)
            kill(first, SIGKILL)
            #expect(try await riffle.probe.open("/a/").status == 207)
            #expect(try await riffle.probe.open("/b/").status == 207)
            try await eventually("another redis-server runs") {
                riffle.process.descendants(named: "redis-server").contains { $0 != first && ProcessTable.isAlive($0) }
            }
        }
    }
}
