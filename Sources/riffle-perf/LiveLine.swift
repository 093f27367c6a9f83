import Glibc
import RiffleBench
import Synchronization

/// One line on a terminal that says how the run goes; nothing where standard error is no terminal.
final class LiveLine: Sendable {
    let progress: Progress
    private let stopping = Atomic<Bool>(false)
    private let thread = Mutex<OSThread?>(nil)

    private init(threads: Int) { progress = Progress(threads: threads) }

    static func start(threads: Int) -> LiveLine? {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        let line = LiveLine(threads: threads)
        line.thread.withLock { $0 = OSThread { line.loop() } }
        return line
    }

    func stop() {
        stopping.store(true, ordering: .relaxed)
        thread.withLock { $0 }?.join()
        write("\r\u{1B}[K")
    }

    private func loop() {
        var before: UInt64 = 0
        var then = Nanoseconds.now()
        while !stopping.load(ordering: .relaxed) {
            usleep(250_000)
            let now = Nanoseconds.now()
            let reading = progress.reading
            let rate = Double(reading.answered &- before) * 1e9 / Double(max(now - then, 1))
            before = reading.answered
            then = now
            write(
                "\r\u{1B}[K\(TextTable.fixed(rate, 0))/s  \(reading.answered) answers  \(reading.errors) errors  "
                    + "p99 \(TextTable.latency(Double(reading.p99) / 1000))")
        }
    }

    private func write(_ text: String) {
        _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
    }
}
