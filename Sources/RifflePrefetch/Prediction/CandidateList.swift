/// The folders considered for one visit, each once, under the first relation that named it.
struct CandidateList {
    struct Item {
        var folder: FolderRef
        var relation: Relation
    }

    private(set) var items: [Item] = []
    private let limit: Int
    private let excluded: FolderRef

    init(limit: Int, except excluded: FolderRef) {
        self.limit = limit
        self.excluded = excluded
        items.reserveCapacity(limit)
    }

    mutating func add(_ folder: FolderRef, _ relation: Relation) {
        guard items.count < limit, folder != excluded else { return }
        for item in items where item.folder == folder { return }
        items.append(Item(folder: folder, relation: relation))
    }
}
