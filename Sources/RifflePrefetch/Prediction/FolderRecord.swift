/// What the predictor knows of one folder.
struct FolderRecord: Sendable {
    var path: [UInt8] = []
    /// The folder above it; nil for the root.
    var parent: FolderRef?
    /// The first children of its listing, in listing order.
    var children: [FolderRef] = []
    /// How many children the listing shows.
    var fanOut = 0
    /// Children somebody has opened, the latest last.
    var opened: [FolderRef] = []
    var successors = Successors()
    var popularity = Decay.Count()

    static let blank = FolderRecord()

    /// The path of the folder above, `nil` for the root.
    static func parent(of path: [UInt8]) -> ArraySlice<UInt8>? {
        guard path.count > 1, let end = path.dropLast().lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return path[...end]
    }
}
