import NIOCore
import Synchronization

/// One stored listing: immutable but for its marks, so that any event loop may serve it without a lock.
///
/// Times are milliseconds of the process's monotonic clock.
package final class Entry: Sendable {
    package let key: CacheKey
    package let hash: UInt64
    package let folder: FolderID
    package let generation: Generation
    /// Status line and field lines as they go to an HTTP/1.1 client, without the closing empty line and without the
    /// fields that differ from answer to answer (`Age`, `Cache-Status`, `Connection`); then the body.
    package let image: ByteBuffer
    package var headLength: Int { Int(storedHeadLength) }
    package var status: Int { Int(storedStatus) }
    package var life: EntryLife { storedLife.life }
    private let storedLife: CompactLife
    /// What a miss of it costs beside others: the time its fill took, damped so that chance does not rule.
    package let missCost: Float
    private let storedHeadLength: UInt32
    private let storedStatus: UInt16
    package let hasLastModified: Bool
    package let prefetched: Bool
    package let hits = Atomic<UInt32>(0)
    /// Whether a prefetch brought it and nobody has opened it yet.
    package let unusedPrefetch: Atomic<Bool>
    /// The entity tag with its quotes, empty when the origin gave none.
    package let entityTag: [UInt8]

    package let checkedFolders = Atomic<UInt64>(0)
    package let checkedSubtrees = Atomic<UInt64>(0)

    package init(
        key: CacheKey, hash: UInt64, folder: FolderID, generation: Generation, image: ByteBuffer, headLength: Int,
        status: Int, life: EntryLife, entityTag: [UInt8] = [], hasLastModified: Bool = false, prefetched: Bool = false,
        fillMilliseconds: Int = 0
    ) {
        self.key = key
        self.hash = hash
        self.folder = folder
        self.generation = generation
        self.image = image.trimmed()
        storedHeadLength = UInt32(clamping: headLength)
        storedStatus = UInt16(clamping: status)
        storedLife = CompactLife(life)
        missCost = Self.leastMissCost + Float(min(max(0, fillMilliseconds), Self.mostFillMilliseconds))
        self.entityTag = entityTag
        self.hasLastModified = hasLastModified
        self.prefetched = prefetched
        unusedPrefetch = Atomic(prefetched)
    }

    package var bodyLength: Int { image.readableBytes - headLength }

    /// Milliseconds every miss counts in ``missCost``, however fast its fill was.
    private static let leastMissCost: Float = 100
    private static let mostFillMilliseconds = 10_000

    /// Bytes this entry holds of the memory limit: key, head and body as allocated, and the objects around them.
    package var cost: Int {
        image.storageCapacity + key.bytes.count + entityTag.count + Entry.overhead
    }

    /// Object headers, fields, table slots and the allocator's rounding, measured against resident memory.
    package static let overhead = 384
}

/// Until when an entry may be served and in which way (RFC 9111 §4.2, RFC 5861). Monotonic milliseconds.
package struct EntryLife: Sendable, Equatable {
    /// When the response was received.
    package var receivedAt: Int64
    /// Its age in seconds at that moment (RFC 9111 §4.2.3).
    package var initialAge: Int64
    package var freshUntil: Int64
    /// Served stale until then while a refresh runs; not before `freshUntil`.
    package var staleWhileRevalidateUntil: Int64
    /// Served stale until then when the origin fails; not before `freshUntil`.
    package var staleIfErrorUntil: Int64

    package init(
        receivedAt: Int64, initialAge: Int64, freshUntil: Int64, staleWhileRevalidateUntil: Int64,
        staleIfErrorUntil: Int64
    ) {
        self.receivedAt = receivedAt
        self.initialAge = initialAge
        self.freshUntil = freshUntil
        self.staleWhileRevalidateUntil = max(freshUntil, staleWhileRevalidateUntil)
        self.staleIfErrorUntil = max(freshUntil, staleIfErrorUntil)
    }

    /// The present age in whole seconds.
    @inlinable
    package func age(at now: Int64) -> Int64 {
        initialAge + max(0, now - receivedAt) / 1_000
    }

    /// Nothing can be made of the entry from then on.
    package var endsAt: Int64 { max(staleWhileRevalidateUntil, staleIfErrorUntil) }
}
