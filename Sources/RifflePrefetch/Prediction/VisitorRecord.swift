/// The latest steps of one visitor.
struct VisitorRecord: Sendable {
    /// The latest folder last; no folder twice.
    var recent: [FolderRef] = []
    var lastTime: Int64 = 0
    var move = Move.arrival
    /// How many moves of that kind followed each other.
    var run = 0
    /// The folder whose listing the visitor seems to read: that of the latest step down.
    var reading: FolderRef?

    static let blank = VisitorRecord()

    var current: FolderRef? { recent.last }
    var previous: FolderRef? { recent.dropLast().last }
}

/// How a visitor came to a folder.
enum Move: Int, Sendable, CaseIterable {
    case arrival, child, sibling, parent, back, elsewhere
}
