import Foundation
import Glibc
import RiffleCache

/// The file that holds the key of an installation: 32 random bytes in hexadecimal, readable by its owner only.
enum InstallationSecret {
    /// Where the key lives when `redis.secretFile` is not set.
    static func defaultPath(_ environment: [String: String]) -> String {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/riffle/secret" }
        return "\(environment["HOME"] ?? "/var/lib")/.local/state/riffle/secret"
    }

    /// Reads the key, or makes it when the file does not exist.
    ///
    /// - Throws: when the file can't be read or written, is too open to others, or holds no key.
    static func load(_ path: String) throws(ConfigurationErrors) -> Secret {
        if let secret = try read(path) { return secret }
        try make(path)
        guard let secret = try read(path) else { throw failure("`\(path)` vanished while it was made") }
        return secret
    }

    private static func read(_ path: String) throws(ConfigurationErrors) -> Secret? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("`\(path)` can't be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw failure("`\(path)` may be read by others; say `chmod 600 \(path)`")
        }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard let secret = decode(text).flatMap({ Secret(bytes: $0) }) else {
            throw failure("`\(path)` holds no key; it should be 64 hexadecimal digits")
        }
        return secret
    }

    private static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count >= 64, digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }

    /// Written beside and renamed into place, so that two riffles starting at once agree on one key.
    private static func make(_ path: String) throws(ConfigurationErrors) {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw failure("`\(folder)` can't be made; set `redis.secretFile` to a path that can")
        }
        var generator = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in
            let digits = String(UInt8.random(in: 0...255, using: &generator), radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw failure("`\(path)` can't be written: \(String(cString: strerror(errno)))")
        }
        let line = Array((key + "\n").utf8)
        let written = Glibc.write(descriptor, line, line.count)
        close(descriptor)
        defer { unlink(draft) }
        // A link fails when the other riffle was first: its key counts.
        guard written == line.count, link(draft, path) == 0 || errno == EEXIST else {
            throw failure("`\(path)` can't be written: \(String(cString: strerror(errno)))")
        }
    }

    private static func failure(_ message: String) -> ConfigurationErrors {
        ConfigurationErrors(errors: [ConfigurationError(place: "redis.secretFile", message)])
    }
}
