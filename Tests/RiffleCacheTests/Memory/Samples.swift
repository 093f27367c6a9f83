import NIOCore

@testable import RiffleCache

/// Entries for tests, by name and weight.
enum Sample {
    static func key(_ name: String, principal: UInt8 = 0) -> CacheKey {
        let path = Array(name.utf8)
        let length = withUnsafeBytes(of: UInt32(truncatingIfNeeded: path.count).littleEndian) { Array($0) }
        let owner = [principal] + [UInt8](repeating: 0, count: CacheKey.principalLength - 1)
        return (length + path + owner).withUnsafeBytes { CacheKey(copying: $0) }
    }

    static func entry(
        _ name: String, bytes: Int = 100, hash: UInt64? = nil, prefetched: Bool = false, fillMilliseconds: Int = 0,
        generation: UInt64 = 1, body: StoredBody? = nil
    ) -> Entry {
        let key = key(name)
        return Entry(
            key: key, hash: hash ?? key.bytes.withUnsafeBytes { MemoryTier.hash($0) },
            folder: FolderID(Hash128(high: 0, low: 1)), generation: Generation(generation),
            image: ByteBuffer(repeating: 1, count: bytes), headLength: 0, status: 200, life: life,
            prefetched: prefetched, fillMilliseconds: fillMilliseconds, body: body)
    }

    static let life = EntryLife(
        receivedAt: 0, initialAge: 0, freshUntil: 1_000, staleWhileRevalidateUntil: 1_000, staleIfErrorUntil: 1_000)
}

extension MemoryTier {
    func find(_ name: String, hash: UInt64? = nil) -> Entry? {
        Sample.key(name).bytes.withUnsafeBytes { find($0, hash: hash ?? MemoryTier.hash($0)) }
    }

    /// Opens `name` as the proxy does: looks, and fills on a miss.
    @discardableResult
    func open(_ name: String, bytes: Int = 100) -> Bool {
        if find(name) != nil { return true }
        insert(Sample.entry(name, bytes: bytes))
        return false
    }
}
