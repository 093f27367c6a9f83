import Foundation
import Glibc
import NIOCore
import Testing

@testable import RiffleRedis

@Suite("The embedded server", .serialized)
struct EmbeddedTests {
    @Test("it starts, comes back when killed, and leaves nothing when stopped")
    func life() async throws {
        let embedded = try EmbeddedRedis(maximumMemory: 64 << 20)
        try await embedded.ready()
        guard case .unix(let socket) = embedded.server.endpoint else { return }
        let directory = (socket as NSString).deletingLastPathComponent
        let first = servers(of: directory)
        #expect(first.count == 1)
        for process in first { kill(process, SIGKILL) }
        try await eventually { servers(of: directory).contains { !first.contains($0) } }
        embedded.stop()
        try await eventually { servers(of: directory).isEmpty }
        #expect(access(directory, F_OK) != 0)
    }

    /// Processes whose command line names the directory as a redis-server's does.
    private func servers(of directory: String) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { process in
            let file = open("/proc/\(process)/cmdline", O_RDONLY)
            guard file >= 0 else { return false }
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 4_096)
            let length = max(0, read(file, &bytes, bytes.count))
            let text = String(decoding: bytes[..<length], as: UTF8.self)
            // A running server shows its socket in its title.
            return text.contains(directory) && text.contains("redis-server") && !text.contains("sh\0-c")
        }
    }
}
