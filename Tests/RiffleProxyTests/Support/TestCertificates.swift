import Foundation
import Glibc
import Testing

@testable import RiffleProxy

/// Certificates made for one test in a directory of its own, which goes with them.
final class TestCertificates {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "riffle-tls-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: directory.appending(path: name))
    }

    /// `name.pem` and `name.key`, signed by itself.
    func make(_ name: String, for host: String) throws {
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-keyout", path("\(name).key"), "-out", path("\(name).pem"), "-subj", "/CN=\(host)",
            "-addext", "subjectAltName=DNS:\(host),IP:127.0.0.1",
        ])
    }

    /// Has riffle serve TLS with `name.pem`.
    func turnOn(_ settings: inout Settings, _ name: String = "a") {
        settings.tls.certificateFiles = [path("\(name).pem")]
        settings.tls.keyFiles = [path("\(name).key")]
    }

    /// Puts one file's content in the place of another's, as a certificate tool does.
    func replace(_ name: String, with other: String) throws {
        let copy = directory.appending(path: "\(UUID())")
        try FileManager.default.copyItem(at: directory.appending(path: other), to: copy)
        try #require(rename(copy.path, path(name)) == 0)
    }

    /// Not by Foundation's `Process`: that waits for a pipe to close, which any other program started meanwhile may hold.
    private func openssl(_ arguments: [String]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var words = (["openssl"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        try #require(posix_spawnp(&pid, "openssl", &actions, nil, &words, environ) == 0)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        try #require(status == 0)
    }
}
