/// Where visitors went from one place: a bounded list of decayed counts.
struct Successors: Sendable {
    struct Successor: Sendable {
        var folder: FolderRef
        var count: Float
    }

    /// After this long a move counts half. Long, for rarely opened folders have nothing newer to go by.
    static let halfLife: Float = 180 * 24 * 3_600_000

    /// Visits after which every count is halved, so that a busy place follows a change of habits.
    static let memory: Float = 4_096

    /// Visits of the place itself, decayed like the counts: those that went nowhere count too.
    private(set) var visits: Float = 0
    private(set) var list: [Successor] = []
    private var decayedAt: Int64 = 0

    mutating func visited(at time: Int64) {
        decay(to: time)
        if visits >= Self.memory { scale(by: 0.5) }
        visits += 1
    }

    /// Counts a move to `folder`; past `capacity` the rarest successor gives way.
    mutating func moved(to folder: FolderRef, capacity: Int, at time: Int64) {
        decay(to: time)
        if let index = list.firstIndex(where: { $0.folder == folder }) {
            list[index].count += 1
        } else if list.count < capacity {
            list.append(Successor(folder: folder, count: 1))
        } else if let rarest = list.indices.min(by: { list[$0].count < list[$1].count }) {
            list[rarest] = Successor(folder: folder, count: 1)
        }
    }

    func count(_ folder: FolderRef) -> Float {
        for successor in list where successor.folder == folder { return successor.count }
        return 0
    }

    /// Decay in steps of at least a sixteenth of the half-life, so that most visits multiply nothing.
    private mutating func decay(to time: Int64) {
        guard decayedAt != 0 else {
            decayedAt = max(time, 1)
            return
        }
        let elapsed = Float(time - decayedAt)
        guard elapsed > Self.halfLife / 16 else { return }
        scale(by: Decay.factor(elapsed, halfLife: Self.halfLife))
        decayedAt = time
    }

    private mutating func scale(by factor: Float) {
        visits *= factor
        for index in list.indices { list[index].count *= factor }
    }
}
