import Foundation
import Glibc
import RiffleBench
import Synchronization

/// Commands that run at given seconds of a run: faults, restarts, writes.
final class Hooks: Sendable {
    struct Failure: Misuse {
        let description: String
    }

    static let maxHooks = 100

    private struct Hook {
        var after: UInt64
        var command: String
    }

    private let hooks: [Hook]
    private let stopping = Atomic<Bool>(false)
    private let thread = Mutex<OSThread?>(nil)

    /// Each as `5s=command`.
    init(_ texts: [String]) throws(Failure) {
        guard texts.count <= Self.maxHooks else { throw Failure(description: "at most \(Self.maxHooks) --at, please") }
        var hooks: [Hook] = []
        for text in texts {
            guard let equals = text.firstIndex(of: "="), let after = Units.nanoseconds(String(text[..<equals])),
                text.index(after: equals) < text.endIndex
            else { throw Failure(description: "--at \(text.debugDescription): expected e.g. 5s='command'") }
            hooks.append(Hook(after: after, command: String(text[text.index(after: equals)...])))
        }
        self.hooks = hooks.sorted { $0.after < $1.after }
    }

    func start() {
        guard !hooks.isEmpty else { return }
        let begin = Nanoseconds.now()
        thread.withLock { $0 = OSThread { self.loop(begin) } }
    }

    /// Ends what still runs: a hook belongs to its run.
    func stop() {
        stopping.store(true, ordering: .relaxed)
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    private func loop(_ begin: UInt64) {
        var started: [StartedServer] = []
        for hook in hooks {
            while Nanoseconds.now() < begin + hook.after, !stopping.load(ordering: .relaxed) { usleep(2000) }
            if stopping.load(ordering: .relaxed) { break }
            do {
                started.append(try StartedServer(command: hook.command))
                RifflePerf.say("\(TextTable.fixed(Double(hook.after) / 1e9, 1)) s: \(hook.command)")
            } catch {
                RifflePerf.say(error.description)
            }
        }
        while !stopping.load(ordering: .relaxed) { usleep(10_000) }
        for server in started where server.runs { server.stop() }
    }
}
