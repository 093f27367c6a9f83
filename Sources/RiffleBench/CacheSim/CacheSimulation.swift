import NIOCore
import RiffleCache

/// Replays a trace through riffle's own memory tier and, at the same bytes, through the policies it is measured against.
package struct CacheSimulation: Sendable {
    package struct Row: Sendable {
        package var policy: String
        package var limit: Int
        package var misses: Int
        package var opens: Int
        /// Milliseconds of misses over milliseconds had every open missed.
        package var missCost: Double

        package var missRatio: Double { opens == 0 ? 0 : Double(misses) / Double(opens) }
    }

    /// The columns, riffle first.
    package static let policies = ["riffle", "LRU", "SLRU", "ARC", "W-TinyLFU", "S3-FIFO", "SIEVE", "GDSF"]

    private let trace: CacheTrace
    private let shards: Int
    /// What each folder weighs in every policy: the bytes riffle charges for it.
    private let costs: [Int]

    /// - Parameter shards: of riffle's tier; small limits need few, for a listing must fit one.
    package init(trace: CacheTrace, shards: Int = 1) {
        self.trace = trace
        self.shards = shards
        costs = trace.folders.indices.map { Self.entry(trace, $0).cost }
    }

    /// Bytes of all listings as charged.
    package var totalBytes: Int { costs.reduce(0, +) }

    package func run(limit: Int) -> [Row] {
        [
            riffle(limit: limit),
            replay("LRU", LRUPolicy.self, limit), replay("SLRU", SLRUPolicy.self, limit),
            replay("ARC", ARCPolicy.self, limit), replay("W-TinyLFU", WTinyLFUPolicy.self, limit),
            replay("S3-FIFO", S3FIFOPolicy.self, limit), replay("SIEVE", SievePolicy.self, limit),
            replay("GDSF", GDSFPolicy.self, limit),
        ]
    }

    private func riffle(limit: Int) -> Row {
        let tier = MemoryTier(limit: limit, shards: shards)
        return count("riffle", limit) { folder in
            let entry = Self.entry(trace, folder)
            let found = entry.key.bytes.withUnsafeBytes { tier.find($0, hash: entry.hash) != nil }
            if !found { tier.insert(entry) }
            return found
        }
    }

    private func replay<Policy: SimPolicy>(_ name: String, _ type: Policy.Type, _ limit: Int) -> Row {
        var policy = Policy(keys: trace.folders.count, limit: limit)
        return count(name, limit) { folder in
            policy.access(folder, bytes: costs[folder], cost: Double(trace.folders[folder].missCost))
        }
    }

    private func count(_ name: String, _ limit: Int, _ open: (Int) -> Bool) -> Row {
        var row = Row(policy: name, limit: limit, misses: 0, opens: trace.opens.count, missCost: 0)
        var (missed, all) = (0, 0)
        for folder in trace.opens {
            let cost = trace.folders[folder].missCost
            all += cost
            if !open(folder) {
                row.misses += 1
                missed += cost
            }
        }
        row.missCost = all == 0 ? 0 : Double(missed) / Double(all)
        return row
    }

    private static func entry(_ trace: CacheTrace, _ number: Int) -> Entry {
        let folder = trace.folders[number]
        let path = Array(folder.path.utf8)
        let length = UInt32(truncatingIfNeeded: path.count)
        let prefix = withUnsafeBytes(of: length.littleEndian) { Array($0) }
        let principal = [UInt8](repeating: 0, count: CacheKey.principalLength)
        let key = (prefix + path + principal).withUnsafeBytes { CacheKey(copying: $0) }
        let hash = key.bytes.withUnsafeBytes { MemoryTier.hash($0) }
        let life = EntryLife(
            receivedAt: 0, initialAge: 0, freshUntil: .max, staleWhileRevalidateUntil: .max, staleIfErrorUntil: .max)
        return Entry(
            key: key, hash: hash, folder: FolderID(Hash128(high: 0, low: UInt64(number))), generation: Generation(1),
            image: ByteBuffer(repeating: 0, count: folder.bytes), headLength: 0, status: 207, life: life,
            fillMilliseconds: folder.missCost)
    }
}
