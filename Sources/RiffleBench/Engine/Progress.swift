import Synchronization

/// What a running load shows of itself, published by its loops ten times a second and read by whoever prints it.
package final class Progress: Sendable {
    package struct Reading: Sendable {
        package var answered: UInt64 = 0
        package var errors: UInt64 = 0
        /// Of the slowest loop, from the planned send time, in nanoseconds.
        package var p99: UInt64 = 0
        /// How far the run is, warm-up included, from 0 to 1.
        package var done = 0.0
        /// Answers by latency in the cells of ``Timeline``, those of a cache's stores apart.
        package var hits = [UInt32](repeating: 0, count: Timeline.cells)
        package var others = [UInt32](repeating: 0, count: Timeline.cells)

        package init() {}
    }

    private let readings: Mutex<[Reading]>

    package init(threads: Int) {
        readings = Mutex(Array(repeating: Reading(), count: max(threads, 1)))
    }

    package var reading: Reading {
        readings.withLock { all in
            all.reduce(into: Reading()) { sum, one in
                sum.answered += one.answered
                sum.errors += one.errors
                sum.p99 = max(sum.p99, one.p99)
                sum.done = max(sum.done, one.done)
                for cell in 0..<Timeline.cells {
                    sum.hits[cell] &+= one.hits[cell]
                    sum.others[cell] &+= one.others[cell]
                }
            }
        }
    }

    func publish(_ reading: Reading, from thread: Int) {
        readings.withLock { if $0.indices.contains(thread) { $0[thread] = reading } }
    }
}
