/// When requests are due, as offsets in nanoseconds from the start of a run.
///
/// Each time is computed from its number, never from the one before, so that rounding can't drift.
package struct Schedule: Sendable {
    package struct Stage: Sendable, Equatable {
        package var rate: Double
        package var nanoseconds: UInt64

        package init(rate: Double, nanoseconds: UInt64) {
            self.rate = rate
            self.nanoseconds = nanoseconds
        }
    }

    private enum Plan: Sendable {
        case stages([Stage])
        case times([UInt64])
    }

    private let plan: Plan
    /// This loop sends every `stride`-th request, beginning with `phase`.
    private let stride: Int
    private var stage = 0
    private var stageStart: UInt64 = 0
    private var number: Int
    private let phase: Int

    package init(stages: [Stage], phase: Int = 0, stride: Int = 1) {
        plan = .stages(stages)
        self.phase = phase
        self.stride = max(stride, 1)
        number = phase
    }

    /// Explicit times, in order, as a replay has them.
    package init(times: [UInt64], phase: Int = 0, stride: Int = 1) {
        plan = .times(times)
        self.phase = phase
        self.stride = max(stride, 1)
        number = phase
    }

    /// The number of the request that `next()` gives next; a replay chooses by it.
    package var upcoming: Int { number }

    package mutating func next() -> UInt64? {
        switch plan {
        case .times(let times):
            guard number < times.count else { return nil }
            defer { number += stride }
            return times[number]
        case .stages(let stages):
            while stage < stages.count {
                let current = stages[stage]
                if current.rate > 0 {
                    let offset = Double(number) * 1e9 / current.rate
                    if offset < Double(current.nanoseconds) {
                        number += stride
                        return stageStart + UInt64(offset)
                    }
                }
                stageStart += current.nanoseconds
                stage += 1
                number = phase
            }
            return nil
        }
    }
}
