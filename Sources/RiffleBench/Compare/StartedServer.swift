import Glibc

/// A server that a comparison starts itself, in a process group of its own so that all of it can be ended.
package struct StartedServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// How long it may take to stop before it is killed.
    static let patience: UInt64 = 3 * Nanoseconds.perSecond

    package let pid: Int32

    /// Its output goes nowhere: a comparison's own output is a table.
    package init(command: String) throws(Failure) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))
        // Signals this program holds back for itself must reach the server.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var pid: pid_t = 0
        var words: [UnsafeMutablePointer<CChar>?] = ["sh", "-c", command].map { (word: String) in strdup(word) }
        defer { for word in words { free(word) } }
        words.append(nil)
        let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, words, environ)
        guard code == 0 else {
            throw Failure(description: "cannot start \(command.debugDescription): \(String(cString: strerror(code)))")
        }
        self.pid = pid
        Interruption.add(pid)
    }

    package var runs: Bool { waitpid(pid, nil, WNOHANG) == 0 }

    /// Asks its whole group to end, then insists.
    package func stop() {
        Interruption.remove(pid)
        kill(-pid, SIGTERM)
        let deadline = Nanoseconds.now() + Self.patience
        while Nanoseconds.now() < deadline {
            if waitpid(pid, nil, WNOHANG) != 0 { break }
            usleep(10_000)
        }
        kill(-pid, SIGKILL)
        waitpid(pid, nil, 0)
    }
}
