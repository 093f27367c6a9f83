/// An ``EntryLife`` in 24 bytes: moments as distances from the first, each up to 24 days; a longer life is cut to that.
struct CompactLife: Sendable {
    private let receivedAt: Int64
    private let initialAge: UInt32
    private let fresh: Int32
    private let revalidate: UInt32
    private let error: UInt32

    init(_ life: EntryLife) {
        receivedAt = life.receivedAt
        initialAge = UInt32(clamping: life.initialAge)
        // What was received stale has its end of freshness in the past.
        let fresh = Int32(clamping: Self.distance(life.receivedAt, life.freshUntil))
        self.fresh = fresh
        let end = life.receivedAt + Int64(fresh)
        revalidate = UInt32(clamping: Self.distance(end, life.staleWhileRevalidateUntil))
        error = UInt32(clamping: Self.distance(end, life.staleIfErrorUntil))
    }

    /// Saturates: no moment is too far.
    private static func distance(_ from: Int64, _ to: Int64) -> Int64 {
        let (difference, overflow) = to.subtractingReportingOverflow(from)
        return overflow ? (to > from ? .max : .min) : difference
    }

    var life: EntryLife {
        let end = receivedAt + Int64(fresh)
        return EntryLife(
            receivedAt: receivedAt, initialAge: Int64(initialAge), freshUntil: end,
            staleWhileRevalidateUntil: end + Int64(revalidate), staleIfErrorUntil: end + Int64(error))
    }
}
