import Glibc
import Synchronization

/// Ends what was started when the program itself is told to end: an interrupted comparison leaves no server behind.
package enum Interruption {
    private static let groups = Mutex<Set<Int32>>([])

    static func add(_ group: Int32) { groups.withLock { _ = $0.insert(group) } }
    static func remove(_ group: Int32) { groups.withLock { _ = $0.remove(group) } }

    /// To be called before any thread is made: threads inherit that these signals wait for the one that asks for them.
    package static func watch() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        _ = OSThread {
            var waited = waited
            var signal: Int32 = 0
            guard sigwait(&waited, &signal) == 0 else { return }
            for group in groups.withLock({ $0 }) { kill(-group, SIGTERM) }
            _exit(128 + signal)
        }
    }
}
