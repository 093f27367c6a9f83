import CAllocations
import Glibc

/// One small operation of the hit path or the way behind it: how long it takes, and how often it may ask the heap.
///
/// Time is shown and never judged, since it depends on the machine. Allocations are a promise: the same everywhere.
struct Micro {
    let name: String
    /// Heap allocations one operation may make.
    let allowed: Int
    /// Does it so many times and returns something that depends on each, so that none can be left out.
    let run: (Int) -> Int

    struct Figures {
        var nanoseconds: Double
        var allocations: Double
    }

    private static let rounds = 11
    private static let nanosecondsPerRound: UInt64 = 5_000_000
    private static let mostOperations = 1 << 22
    private static let countedOperations = 64

    /// The least time of several rounds: what else runs on the machine only ever adds.
    func measure(timed: Bool) -> Figures {
        var sum = run(Self.countedOperations)
        // What n more operations cost beside n: whatever happens once is not theirs.
        let once = allocations(Self.countedOperations, &sum)
        let twice = allocations(Self.countedOperations * 2, &sum)
        let allocations = Double(twice &- min(once, twice)) / Double(Self.countedOperations)
        guard timed else { return Figures(nanoseconds: 0, allocations: allocations) }
        var count = 1
        while count < Self.mostOperations, time(count, &sum) < Self.nanosecondsPerRound { count *= 2 }
        let least = (0..<Self.rounds).map { _ in time(count, &sum) }.min() ?? 0
        Self.sink = sum
        return Figures(nanoseconds: Double(least) / Double(count), allocations: allocations)
    }

    private func allocations(_ count: Int, _ sum: inout Int) -> UInt64 {
        let before = riffle_allocations()
        sum &+= run(count)
        return riffle_allocations() &- before
    }

    private func time(_ count: Int, _ sum: inout Int) -> UInt64 {
        let before = now()
        sum &+= run(count)
        return now() &- before
    }

    private func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    // Written by the one thread of this program, and only so that the compiler must compute what goes into it.
    nonisolated(unsafe) private static var sink = 0
}
