/// When folders last changed, bounded: past its capacity the older half is forgotten and replaced by a floor, which
/// claims that every folder changed at the newest forgotten moment.
struct ChangeTable {
    private var changes: [FolderID: UInt64] = [:]
    private var floor: UInt64 = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isEmpty: Bool { changes.isEmpty && floor == 0 }

    /// The last change of `folder`, or a later moment when that is no longer known.
    func last(_ folder: FolderID) -> UInt64 {
        max(changes[folder] ?? 0, floor)
    }

    /// Amortised O(1): forgetting half of the table costs O(n log n) once in n/2 records.
    mutating func record(_ folder: FolderID, at clock: UInt64) {
        changes[folder] = clock
        guard changes.count > capacity else { return }
        let median = changes.values.sorted()[changes.count / 2]
        changes = changes.filter { $0.value > median }
        floor = max(floor, median)
    }
}
