import Foundation

/// A folder of its own for one test, open to the servers that run as another user, removed at the end.
struct TemporaryFolder: Sendable {
    let path: String

    /// The name stays short: unix sockets inside must fit into 107 bytes.
    init() throws {
        path = "/tmp/rf-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    }

    subscript(_ name: String) -> String { path + "/" + name }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: self[name]))
        return self[name]
    }

    func read(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: self[name]) ?? Data(), as: UTF8.self)
    }

    /// Makes a folder that every user may write to.
    @discardableResult
    func makeFolder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: self[name], withIntermediateDirectories: true)
        // The mode given at creation is cut by the umask.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: self[name])
        return self[name]
    }
}
