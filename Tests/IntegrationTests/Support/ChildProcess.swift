import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A child in a process group of its own, with default signals and no inherited descriptors, whatever thread starts it.
/// Foundation's `Process` inherits the thread's blocked signals and calls a server alive while its children are.
final class ChildProcess: Sendable {
    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    let pid: Int32
    private let ended = Mutex<Int32?>(nil)

    init(
        _ executable: String, _ arguments: [String], environment: [String: String], output: String, errors: String
    ) throws {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let writing = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, writing, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errors, writing, 0o644)
        // One that closes meanwhile is no error.
        for descriptor in Self.openDescriptors where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (words + settings).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, executable, &actions, &attributes, &words, &settings)
        guard failure == 0 else {
            throw NotStarted(description: "\(executable) can't be started: errno \(failure)")
        }
        self.pid = pid
    }

    private static var openDescriptors: [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap { Int32($0) }
    }

    /// Nil while it runs, then its exit status, negative when a signal ended it.
    var status: Int32? {
        ended.withLock { ended in
            if ended != nil { return ended }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            let signal = status & 0x7f
            ended = signal == 0 ? (status >> 8) & 0xff : -signal
            return ended
        }
    }
}
