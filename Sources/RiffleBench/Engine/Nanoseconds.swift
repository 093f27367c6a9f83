import CEpoll
import Glibc

/// The clocks of the generator, in nanoseconds: monotonic for latency, the thread's own for what the generator itself costs.
package enum Nanoseconds {
    package static let perSecond: UInt64 = 1_000_000_000

    @inline(__always)
    package static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

    package static func threadCPU() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

    package static func from(seconds: Double) -> UInt64 {
        guard seconds.isFinite, seconds > 0 else { return 0 }
        return UInt64(min(seconds * 1e9, 9e18))
    }

    @inline(__always)
    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* perSecond &+ UInt64(time.tv_nsec)
    }
}
