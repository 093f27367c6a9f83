import Glibc
import RiffleBench
import Synchronization

/// The ``LiveView`` of a run on the terminal, in place; nothing where standard error is no terminal.
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
    }

    private func loop() {
        var before: UInt64 = 0
        var then = Nanoseconds.now()
        var drawn = 0
        while !stopping.load(ordering: .relaxed) {
            usleep(250_000)
            let now = Nanoseconds.now()
            let reading = progress.reading
            let rate = Double(reading.answered &- before) * 1e9 / Double(max(now - then, 1))
            before = reading.answered
            then = now
            let lines = LiveView.render(reading, rate: rate, width: Self.width)
            write(Self.erase(drawn) + lines.joined(separator: "\n") + "\n")
            drawn = lines.count
        }
        write(Self.erase(drawn))
    }

    /// Up over what was drawn, and everything below away.
    private static func erase(_ lines: Int) -> String { lines == 0 ? "" : "\u{1B}[\(lines)A\r\u{1B}[J" }

    /// One column is kept free, so that no line wraps.
    private static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 79 }
        return Int(size.ws_col) - 1
    }

    private func write(_ text: String) {
        _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
    }
}
