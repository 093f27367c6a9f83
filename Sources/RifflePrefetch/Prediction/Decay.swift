import Glibc

/// Exponential forgetting.
enum Decay {
    static func factor(_ elapsed: Float, halfLife: Float) -> Float {
        exp2f(-max(0, elapsed) / halfLife)
    }

    /// A count that halves every `halfLife` milliseconds, brought up to date when touched.
    struct Count: Sendable {
        private var value: Float = 0
        private var at: Int64 = 0

        mutating func add(at time: Int64, halfLife: Float) {
            value = self.value(at: time, halfLife: halfLife) + 1
            at = time
        }

        func value(at time: Int64, halfLife: Float) -> Float {
            value == 0 ? 0 : value * factor(Float(time - at), halfLife: halfLife)
        }
    }
}
