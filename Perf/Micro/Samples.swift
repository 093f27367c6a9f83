import NIOCore
import RiffleCache

/// Keys and entries as a riffle of one visitor would hold them.
enum Samples {
    static func key(_ path: String) -> CacheKey {
        CacheKey(path: path.utf8, principal: .anonymous, form: [UInt8](repeating: 7, count: 20))
    }

    static func entry(_ key: CacheKey, bytes: Int) -> Entry {
        let life = EntryLife(
            receivedAt: 0, initialAge: 0, freshUntil: 60_000, staleWhileRevalidateUntil: 0, staleIfErrorUntil: 0)
        return Entry(
            key: key, hash: key.bytes.withUnsafeBytes { MemoryTier.hash($0) },
            folder: FolderID(Hash128(high: 0, low: 1)), generation: Generation(1),
            image: ByteBuffer(repeating: 65, count: bytes), headLength: 200, status: 207, life: life)
    }
}
