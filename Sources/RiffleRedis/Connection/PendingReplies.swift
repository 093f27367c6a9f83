import NIOCore

/// The commands of one connection that wait for their replies, oldest first: the server answers in order, so a reply
/// belongs to the oldest. No I/O and no clock of its own.
struct PendingReplies<Waiter> {
    /// Commands in flight on one connection; beyond, a call fails at once.
    static var maximumCommands: Int { 1_024 }
    /// Bytes of commands in flight on one connection: a few of the largest values.
    static var maximumBytes: Int { 64 << 20 }

    private struct Pending {
        let waiter: Waiter
        let deadline: NIODeadline
        let bytes: Int
    }

    private var queue = CircularBuffer<Pending>()
    private(set) var bytes = 0

    var count: Int { queue.count }
    var isEmpty: Bool { queue.isEmpty }

    /// False when the connection has enough to do; nothing was added then.
    mutating func append(_ waiter: Waiter, bytes more: Int, deadline: NIODeadline) -> Bool {
        guard queue.count < Self.maximumCommands, bytes + more <= Self.maximumBytes else { return false }
        queue.append(Pending(waiter: waiter, deadline: deadline, bytes: more))
        bytes += more
        return true
    }

    /// Whom the next reply is for; nil when nobody asked, which breaks the connection.
    mutating func popFirst() -> Waiter? {
        guard let first = queue.popFirst() else { return nil }
        bytes -= first.bytes
        return first.waiter
    }

    /// The earliest moment at which some command is overdue. O(n), asked for once per timer, not per command.
    var earliestDeadline: NIODeadline? { queue.lazy.map(\.deadline).min() }

    /// Everyone who will get no reply any more.
    mutating func drain() -> [Waiter] {
        let waiters = queue.map(\.waiter)
        queue.removeAll()
        bytes = 0
        return waiters
    }
}
