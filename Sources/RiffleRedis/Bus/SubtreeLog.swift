import RiffleCache

/// When subtrees last changed, as Redis tells it: decides whether an entry read from Redis is older than a change above
/// its folder. Times are microseconds of the server. Bounded: what is forgotten raises the floor.
struct SubtreeLog: Equatable {
    /// Members in Redis and in this copy; beyond, everything before now is void.
    static let maximumMembers = 4_096

    private var changes: [FolderID: UInt64] = [:]
    /// Whatever began filling at or before it is void.
    private(set) var floor: UInt64 = 0

    var count: Int { changes.count }

    mutating func record(_ change: FolderChange, at time: UInt64) {
        switch change {
        case .folder: break
        case .everything: floor = max(floor, time)
        case .subtree(let folder): changes[folder] = max(changes[folder] ?? 0, time)
        }
        guard changes.count > Self.maximumMembers else { return }
        let median = changes.values.sorted()[changes.count / 2]
        changes = changes.filter { $0.value > median }
        floor = max(floor, median)
    }

    /// Takes over a log read whole; what is known already stays, because messages may have overtaken it.
    mutating func merge(member: String, at time: UInt64) -> Bool {
        if member == "*" || member == "#" {
            record(.everything, at: time)
            return true
        }
        guard let hash = Hash128(hex: member) else { return false }
        record(.subtree(FolderID(hash)), at: time)
        return true
    }

    func voids(fillBegan: UInt64, lineage: () -> [FolderID]) -> Bool {
        if fillBegan <= floor { return true }
        guard !changes.isEmpty else { return false }
        return lineage().contains { changes[$0].map { fillBegan <= $0 } ?? false }
    }
}

extension Hash128 {
    /// Reads 32 hexadecimal digits.
    init?(hex: String) {
        guard hex.utf8.count == 32, hex.allSatisfy(\.isHexDigit),
            let high = UInt64(hex.prefix(16), radix: 16), let low = UInt64(hex.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }
}
