import CEpoll
import Glibc
import Synchronization

/// A whole run: its loops on threads of their own, merged into one result.
package enum LoadRun {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package struct Result: Sendable {
        package var recorder = Recorder()
        package var timeline = Timeline()
        /// Nanoseconds of processor time of all loops together, and of the busiest one as a share of a core.
        package var cpu: UInt64 = 0
        package var busiest = 0.0
        package var seconds = 0.0
    }

    /// Blocks until the run is over.
    package static func run(_ plan: LoadPlan, progress: Progress? = nil) throws(Failure) -> Result {
        guard plan.requests.count > 0 else { throw Failure(description: "there is nothing to request") }
        guard (1...LoadPlan.maxThreads).contains(plan.threads),
            (plan.threads...LoadPlan.maxConnections).contains(plan.connections)
        else {
            throw Failure(
                description: "1 to \(LoadPlan.maxThreads) threads and, at least one for each, up to "
                    + "\(LoadPlan.maxConnections) connections, please")
        }
        // Waits then end when asked, not up to 50 µs later; threads inherit it.
        if let file = fopen("/proc/self/timerslack_ns", "w") {
            fputs("1", file)
            fclose(file)
        }
        let results = Mutex<[LoadLoop.Result]>([])
        let threads = (0..<plan.threads).compactMap { phase in
            OSThread {
                // libssl writes with plain `write`: a connection the server closed must not end the program.
                var broken = sigset_t()
                sigemptyset(&broken)
                sigaddset(&broken, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &broken, nil)
                guard let loop = LoadLoop(plan, phase: phase, progress: progress) else { return }
                let result = loop.run()
                results.withLock { $0.append(result) }
            }
        }
        for thread in threads { thread.join() }
        let parts = results.withLock { $0 }
        guard parts.count == plan.threads else { throw Failure(description: "cannot start \(plan.threads) loops") }
        return parts.reduce(into: Result()) { whole, part in
            whole.recorder.merge(part.recorder)
            whole.timeline.merge(part.timeline)
            whole.cpu += part.cpu
            whole.busiest = max(whole.busiest, Double(part.cpu) / Double(part.wall))
            whole.seconds = max(whole.seconds, Double(part.wall) / 1e9)
        }
    }
}

/// A kernel thread that runs one closure.
package struct OSThread {
    private let handle: pthread_t

    package init?(_ body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            return nil
        }
        self.handle = handle
    }

    package func join() { pthread_join(handle, nil) }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
