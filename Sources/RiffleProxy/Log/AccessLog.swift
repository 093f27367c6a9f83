import Foundation
import Glibc
import RiffleTelemetry
import Synchronization

/// The access log: lines are gathered in memory and written by a thread of their own, so that a slow disk or a blocked
/// pipe never delays a request. When the writer can't keep up, lines are dropped and counted.
final class AccessLog: Sendable {
    /// Bytes waiting to be written at most; beyond it lines are dropped.
    static let maximumPending = 4 << 20
    /// With `sampled`, one in so many hits is logged; everything else is logged anyway.
    static let sampleEvery: UInt32 = 100
    private static let pause: useconds_t = 100_000

    private let format: Settings.AccessLogFormat
    private let samples: Bool
    private let descriptor: Int32
    private let pending = Mutex<[UInt8]>([])
    private let counter = Atomic<UInt32>(0)
    private let closing = Atomic<Bool>(false)
    private let finished = Atomic<Bool>(false)
    let dropped = Atomic<Int>(0)

    /// - Throws: when the file can't be opened for appending.
    init?(_ settings: Settings.Log) throws(ConfigurationErrors) {
        guard settings.access != .off else { return nil }
        format = settings.format
        samples = settings.access == .sampled
        if let file = settings.file {
            descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else {
                let why = String(cString: strerror(errno))
                throw ConfigurationErrors(errors: [
                    ConfigurationError(place: "log.file", "`\(file)` can't be opened for appending: \(why)")
                ])
            }
        } else {
            descriptor = STDOUT_FILENO
        }
        startWriter()
    }

    /// Whether a hit about to be served should be logged.
    @inline(__always)
    func wantsHit() -> Bool {
        !samples || counter.add(1, ordering: .relaxed).newValue % Self.sampleEvery == 0
    }

    func write(_ record: AccessRecord) {
        let time = WallTime.now()
        let line = format == .json ? record.json(at: time) : record.combined(at: time)
        let kept = pending.withLock { pending in
            guard pending.count + line.utf8.count <= Self.maximumPending else { return false }
            pending.append(contentsOf: line.utf8)
            return true
        }
        if !kept { dropped.add(1, ordering: .relaxed) }
    }

    /// Writes what is left; waits for the writer up to a second.
    func close() {
        closing.store(true, ordering: .releasing)
        for _ in 0..<20 where !finished.load(ordering: .acquiring) { usleep(50_000) }
    }

    private func startWriter() {
        let thread = Thread { [self] in
            while true {
                let last = closing.load(ordering: .acquiring)
                flush()
                if last { break }
                usleep(Self.pause)
            }
            finished.store(true, ordering: .releasing)
        }
        thread.name = "access-log"
        thread.start()
    }

    private func flush() {
        let lines = pending.withLock { pending in
            let lines = pending
            pending = []
            return lines
        }
        var offset = 0
        lines.withUnsafeBytes { bytes in
            while offset < bytes.count {
                let written = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { break }
                offset += written
            }
        }
        if offset < lines.count {
            dropped.add(lines[offset...].count { $0 == UInt8(ascii: "\n") }, ordering: .relaxed)
        }
    }
}
