import Foundation
import Glibc
import Synchronization

package struct EmbeddedRedisError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}

/// A private `redis-server` on a unix socket in a directory only this user can enter.
///
/// A small shell stands between: it starts the server again when it dies, and when riffle ends in whatever way, `kill -9`
/// included, the pipe to it closes, upon which it kills the server and removes the directory. Memory is bounded with
/// `volatile-lru`: entries, leases and generations all expire and may be evicted, each costing only a miss; the log of
/// subtree changes has no expiry and stays.
package final class EmbeddedRedis: Sendable {
    /// How long a start may take.
    static let startPatience = Duration.seconds(5)
    /// How long the supervisor may take to end the server.
    static let stopPatience = Duration.seconds(3)

    /// $1 is the directory, the rest the server's command line. `setsid` gives the supervisor and the server one process
    /// group, so that one signal ends both.
    private static let watchdog = """
        trap '' INT TERM HUP QUIT
        setsid sh -c 'while [ -d "$0" ]; do "$@"; sleep 0.2; done' "$@" </dev/null >/dev/null 2>&1 &
        group=$!
        cat >/dev/null
        kill -9 -"$group" 2>/dev/null || kill -9 "$group"
        rm -rf -- "$1"
        """

    package let server: RedisServer
    private let directory: String
    private let process: Mutex<(Process, Pipe)?>

    /// - Parameter maximumMemory: bytes the server may hold.
    package init(maximumMemory: Int) throws {
        guard let program = Self.find("redis-server") else {
            throw EmbeddedRedisError(
                description:
                    "redis-server is not installed; install it (apt-get install redis-server) or choose --redis none")
        }
        var template = Array(
            (FileManager.default.temporaryDirectory.appendingPathComponent("riffle-redis-XXXXXX").path).utf8CString)
        // mkdtemp makes it with mode 0700.
        guard mkdtemp(&template) != nil else {
            throw EmbeddedRedisError(
                description: "no directory for the embedded Redis can be made in the temporary one")
        }
        directory = template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map(UInt8.init), as: UTF8.self) }
        server = RedisServer(endpoint: .unix(path: directory + "/redis.sock"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            ["-c", Self.watchdog, "riffle-redis", directory, program]
            + [
                "--port", "0", "--pidfile", directory + "/redis.pid", "--unixsocket", directory + "/redis.sock",
                "--unixsocketperm", "700", "--dir", directory,
                "--save", "", "--appendonly", "no", "--daemonize", "no", "--maxmemory", String(maximumMemory),
                "--maxmemory-policy", "volatile-lru",
            ]
        let input = Pipe()
        // The writing end is riffle's alone: it must close when riffle ends.
        _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardInput = input
        do {
            try process.run()
        } catch {
            rmdir(directory)
            throw EmbeddedRedisError(description: "the embedded Redis can't be started: \(error)")
        }
        self.process = Mutex((process, input))
    }

    /// Waits until the server has made its socket.
    package func ready() async throws {
        let clock = ContinuousClock()
        let end = clock.now + Self.startPatience
        while access(directory + "/redis.sock", F_OK) != 0 {
            guard clock.now < end else {
                throw EmbeddedRedisError(description: "the embedded Redis did not start")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Ends the server and removes its directory; returns when both are gone, after ``stopPatience`` at the latest.
    package func stop() {
        let running = process.withLock { process in
            defer { process = nil }
            return process
        }
        guard let (_, input) = running else { return }
        let serverProcess = (try? String(contentsOfFile: directory + "/redis.pid", encoding: .utf8))
            .flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        try? input.fileHandleForWriting.close()
        let clock = ContinuousClock()
        let end = clock.now + Self.stopPatience
        while access(directory, F_OK) == 0, clock.now < end { usleep(10_000) }
        guard access(directory, F_OK) == 0 else { return }
        // Somebody killed the supervisor: without its directory the loop below it starts no server again.
        try? FileManager.default.removeItem(atPath: directory)
        if let serverProcess, serverProcess > 1 { kill(serverProcess, SIGKILL) }
    }

    deinit { stop() }

    private static func find(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
