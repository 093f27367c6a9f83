/// One open of a folder, as the predictor hears of it: in batches, in order of time, for one origin.
package struct Visit: Sendable {
    /// Monotonic milliseconds.
    package var time: Int64
    /// Hash of principal and client address: whose moves follow each other.
    package var visitor: UInt64
    /// Hash of the principal alone: who can use what is prefetched for this visitor.
    package var audience: UInt64
    /// Canonical folder path, ending in `/`.
    package var path: [UInt8]

    package init(time: Int64, visitor: UInt64, audience: UInt64, path: [UInt8]) {
        self.time = time
        self.visitor = visitor
        self.audience = audience
        self.path = path
    }
}

/// A folder that may be opened next.
package struct Candidate: Sendable, Equatable {
    package var path: [UInt8]
    /// How often candidates like this one were opened within the lifetime of a listing.
    package var probability: Double

    package init(path: [UInt8], probability: Double) {
        self.path = path
        self.probability = probability
    }
}

/// A folder inside the predictor: the seeded hash of its path, so that no client can aim at a cell.
struct FolderRef: Hashable, Sendable {
    let hash: UInt64

    init(hash: UInt64) { self.hash = hash }

    init(_ path: some Collection<UInt8>) {
        var hasher = Hasher()
        let done: Void? = path.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        if done == nil { for byte in path { hasher.combine(byte) } }
        // Zero marks an empty cell.
        hash = UInt64(truncatingIfNeeded: Int64(hasher.finalize())) | 1
    }

    /// One name for a pair of names, in order.
    static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var value = left &* 0x9E37_79B9_7F4A_7C15 ^ right
        value ^= value >> 32
        value = value &* 0xD6E8_FEB8_6659_FD93
        value ^= value >> 32
        return value | 1
    }
}
