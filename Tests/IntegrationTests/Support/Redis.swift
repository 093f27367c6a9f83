import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A private redis-server on a unix socket that a test may pause, kill and start again.
final class Redis: Sendable {
    let socket: String
    private let stage: Stage
    private let process: Mutex<ServerProcess>

    fileprivate init(_ stage: Stage, socket: String) throws {
        self.stage = stage
        self.socket = socket
        process = Mutex(try Self.launch(stage, socket))
    }

    private static func launch(_ stage: Stage, _ socket: String) throws -> ServerProcess {
        try stage.start(
            "redis-server", Programs.installed("redis-server"),
            ["--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", stage.folder.path])
    }

    var url: String { "redis+unix://\(socket)" }

    func pause() { process.withLock { $0 }.signal(SIGSTOP) }
    func resume() { process.withLock { $0 }.signal(SIGCONT) }
    func crash() async throws { try await process.withLock { $0 }.crash() }

    /// Starts it anew, empty, and waits until it answers.
    func restart() async throws {
        try? FileManager.default.removeItem(atPath: socket)
        let next = try Self.launch(stage, socket)
        process.withLock { $0 = next }
        try await answers()
    }

    func answers() async throws {
        try await eventually("redis-server answers") { try await command("PING") == "PONG" }
    }

    func command(_ words: String...) async throws -> String {
        let result = try await Command.run(Programs.installed("redis-cli"), ["-s", socket] + words)
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Keys it holds.
    func size() async throws -> Int { Int(try await command("DBSIZE")) ?? -1 }
}

extension Stage {
    func redis() async throws -> Redis {
        let redis = try Redis(self, socket: folder["redis.sock"])
        try await redis.answers()
        return redis
    }
}
