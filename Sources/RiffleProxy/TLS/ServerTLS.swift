import Foundation
import Logging
import NIOSSL
import Synchronization

/// The TLS side of the listener: what a new connection greets clients with, renewed when the files change.
///
/// Connections keep what they began with. Files that make no working configuration are refused and the former one stays.
final class ServerTLS: Sendable {
    /// How often the files are looked at.
    private static let pace = Duration.seconds(1)

    private let files: CertificateFiles
    private let log: Logger
    private let state: Mutex<State>

    private struct State {
        var context: NIOSSLContext
        var seen: [FileMark]
    }

    /// nil when the listener speaks plain HTTP.
    init?(_ settings: Settings.TLS, log: Logger) throws(ConfigurationErrors) {
        guard let files = try CertificateFiles(settings) else { return nil }
        self.files = files
        self.log = log
        // Marked first: a file that changes while it is read counts as changed afterwards.
        let seen = files.paths.map { FileMark($0) }
        state = Mutex(State(context: try files.load(), seen: seen))
    }

    /// What the next connection uses.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Looks at the files now and then until the task is cancelled.
    func watch() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.pace)
            renewIfChanged()
        }
    }

    func renewIfChanged() {
        let marks = files.paths.map { FileMark($0) }
        guard state.withLock({ $0.seen != marks }) else { return }
        do {
            let context = try files.load()
            state.withLock { $0 = State(context: context, seen: marks) }
            log.notice("certificates renewed", metadata: ["files": "\(files.paths.joined(separator: ", "))"])
        } catch {
            state.withLock { $0.seen = marks }
            let mistakes = error.errors.map(\.description).joined(separator: "; ")
            log.error("changed certificates are refused; the former stay", metadata: ["error": "\(mistakes)"])
        }
    }
}

/// Tells one content of a file from the next without reading it; follows symbolic links as certificate tools swap them.
struct FileMark: Sendable, Equatable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    init(_ path: String) {
        var info = stat()
        let found = stat(path, &info) == 0
        device = found ? UInt(info.st_dev) : 0
        inode = found ? UInt(info.st_ino) : 0
        size = found ? Int(info.st_size) : -1
        seconds = found ? Int(info.st_mtim.tv_sec) : 0
        nanoseconds = found ? Int(info.st_mtim.tv_nsec) : 0
    }
}
