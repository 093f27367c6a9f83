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

/// A redis-server that is reached by TLS and with a user's password only, with certificates of its own authority.
struct SecuredRedis: Sendable {
    let port: Int
    let authoritiesFile: String

    func url(password: String) -> String { "rediss://riffle:\(password)@127.0.0.1:\(port)" }
}

extension Stage {
    func securedRedis(password: String) async throws -> SecuredRedis {
        let (certificate, key) = (folder["redis.pem"], folder["redis.key"])
        let made = try await Command.run(
            Programs.installed("openssl"),
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-keyout", key, "-out", certificate, "-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1",
            ])
        guard made.status == 0 else { throw TimedOut(description: made.errors) }
        let port = try freePort()
        _ = try start(
            "redis-server", Programs.installed("redis-server"),
            [
                "--port", "0", "--tls-port", "\(port)", "--tls-cert-file", certificate, "--tls-key-file", key,
                "--tls-auth-clients", "no", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path,
                "--user", "default", "off", "--user", "riffle", "on", ">\(password)", "~*", "&*", "+@all",
            ])
        return SecuredRedis(port: port, authoritiesFile: certificate)
    }

    func redis() async throws -> Redis {
        let redis = try Redis(self, socket: folder["redis.sock"])
        try await redis.answers()
        return redis
    }
}
