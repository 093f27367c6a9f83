import Glibc

/// The same moment on both clocks, to carry an entry's life from one process to another.
package struct ClockReading: Sendable, Equatable {
    /// Unix milliseconds.
    package var wall: Int64
    /// Monotonic milliseconds, as in `EntryLife`.
    package var monotonic: Int64

    package init(wall: Int64, monotonic: Int64) {
        self.wall = wall
        self.monotonic = monotonic
    }

    /// `CLOCK_REALTIME` and `CLOCK_MONOTONIC` now.
    package static func now() -> ClockReading {
        func milliseconds(_ clock: clockid_t) -> Int64 {
            var time = timespec()
            clock_gettime(clock, &time)
            return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
        }
        return ClockReading(wall: milliseconds(CLOCK_REALTIME), monotonic: milliseconds(CLOCK_MONOTONIC))
    }
}
