import Synchronization

/// Keys whose answers lately were nobody else's: requests for them go out at once instead of waiting for one another.
final class HitForMiss: Sendable {
    /// Keys remembered; past it all are forgotten, which costs one wait each.
    static let maximum = 8_192

    private let life: Int64
    private let known = Mutex<[UInt64: Int64]>([:])

    /// - Parameter life: milliseconds one answer is remembered.
    init(life: Int64) {
        self.life = life
    }

    /// - Parameter now: monotonic milliseconds.
    func remember(_ hash: UInt64, now: Int64) {
        known.withLock { known in
            if known.count >= Self.maximum { known.removeAll(keepingCapacity: true) }
            known[hash] = now + life
        }
    }

    func forget(_ hash: UInt64) {
        known.withLock { known in
            if !known.isEmpty { known[hash] = nil }
        }
    }

    func holds(_ hash: UInt64, now: Int64) -> Bool {
        known.withLock { known in
            guard let end = known[hash] else { return false }
            if now < end { return true }
            known[hash] = nil
            return false
        }
    }
}
