import Foundation
import Testing

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

    /// Puts one file's content in the place of another's, as a certificate tool does.
    func replace(_ name: String, with other: String) throws {
        let copy = directory.appending(path: "\(UUID())")
        try FileManager.default.copyItem(at: directory.appending(path: other), to: copy)
        try #require(rename(copy.path, path(name)) == 0)
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}
