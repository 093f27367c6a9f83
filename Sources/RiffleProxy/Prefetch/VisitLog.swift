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

/// Gathers the opens one event loop served and hands them over in batches, so that a hit pays for an append at most.
///
/// Learning costs more than a hit: past ``perPulse`` opens between two pulses the rest go unlearnt, and an open of the
/// folder that the same visitor opened last teaches nothing. Loop-confined.
final class VisitLog {
    /// Opens learnt between two pulses of the loop (20 ms): 1,600 a second.
    private static let perPulse = 32
    private static let slots = 1_024

    private let hub: PrefetchHub?
    private var notes: [VisitNote] = []
    /// By visitor, direct-mapped: the hash of the folder opened last.
    private var last = [UInt64](repeating: 0, count: VisitLog.slots)

    init(hub: PrefetchHub) {
        self.hub = hub.isEnabled ? hub : nil
        notes.reserveCapacity(Self.perPulse)
    }

    @inline(__always)
    func record(_ entry: Entry, now: Int64, peer: UInt64, isFirst: Bool) {
        guard hub != nil, notes.count < Self.perPulse else { return }
        let visitor = peer ^ entry.principal.hash.low
        let slot = Int(truncatingIfNeeded: visitor) & (Self.slots - 1)
        let mark = entry.hash ^ visitor
        guard last[slot] != mark || isFirst else { return }
        last[slot] = mark
        notes.append(VisitNote(entry: entry, time: now, peer: peer, isFirst: isFirst))
    }

    /// Hands over what was gathered; called at each pulse of the loop.
    func flush() {
        guard !notes.isEmpty else { return }
        hub?.visited(notes)
        notes.removeAll(keepingCapacity: true)
    }
}
