import RiffleCache

/// One open of a folder as an event loop saw it.
struct VisitNote: Sendable {
    let entry: Entry
    /// Monotonic milliseconds.
    let time: Int64
    /// Hash of the client's address: together with the principal it tells visitors apart.
    let peer: UInt64
    /// Whether nobody had opened this entry before.
    let isFirst: Bool
}

/// Gathers the opens one event loop served and hands them over in batches, so that a hit pays for an append only.
/// Loop-confined.
final class VisitLog {
    /// Opens in one batch at most; an older batch is handed over earlier.
    private static let batch = 64
    private static let patience: Int64 = 20

    private let hub: PrefetchHub?
    private var notes: [VisitNote] = []

    init(hub: PrefetchHub) {
        self.hub = hub.isEnabled ? hub : nil
        notes.reserveCapacity(Self.batch)
    }

    func record(_ entry: Entry, now: Int64, peer: UInt64, isFirst: Bool) {
        guard hub != nil else { return }
        notes.append(VisitNote(entry: entry, time: now, peer: peer, isFirst: isFirst))
        if notes.count >= Self.batch { flush() }
    }

    /// Hands over what is old enough; called now and then by the loop.
    func flushOld(now: Int64) {
        guard let first = notes.first, now - first.time >= Self.patience else { return }
        flush()
    }

    private func flush() {
        hub?.visited(notes)
        notes.removeAll(keepingCapacity: true)
    }
}
