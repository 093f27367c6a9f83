import RiffleCache

/// Changes that Redis has not taken: they must reach it before anything is read from it again, for it still holds what
/// they void. Bounded: beyond, everything is void.
struct Backlog: Equatable {
    static let maximumChanges = BusMessage.maximumChanges

    private var changes: Set<FolderChange> = []
    private var isSending = false

    /// Whether Redis knows all there is to know.
    var isClear: Bool { changes.isEmpty && !isSending }

    mutating func add(_ more: [FolderChange]) {
        changes.formUnion(more)
        if changes.count > Self.maximumChanges || changes.contains(.everything) { changes = [.everything] }
    }

    /// What to send now; nil when there is nothing or someone is sending already.
    mutating func take() -> [FolderChange]? {
        guard !isSending, !changes.isEmpty else { return nil }
        isSending = true
        defer { changes = [] }
        return Array(changes)
    }

    mutating func sent(_ taken: [FolderChange], succeeded: Bool) {
        isSending = false
        if !succeeded { add(taken) }
    }
}
