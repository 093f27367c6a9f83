/// The folders opened most of late, by anyone.
struct HotFolders: Sendable {
    static let capacity = 32

    private(set) var folders: [FolderRef] = []
    private var counts: [Float] = []

    /// Takes note that `folder` now has this popularity. O(capacity).
    mutating func saw(_ folder: FolderRef, popularity: Float) {
        if let index = folders.firstIndex(of: folder) {
            counts[index] = popularity
        } else if folders.count < Self.capacity {
            folders.append(folder)
            counts.append(popularity)
        } else if let least = counts.indices.min(by: { counts[$0] < counts[$1] }) {
            // Counts of others are as old as their last visit: fade them a little at each challenge.
            counts[least] *= 0.98
            guard counts[least] < popularity else { return }
            folders[least] = folder
            counts[least] = popularity
        }
    }
}
