import NIOCore
import Synchronization

/// One stored listing: immutable but for its marks, so that any event loop may serve it without a lock.
///
/// Times are milliseconds of the process's monotonic clock.
package final class Entry: Sendable {
    private let block: EntryBlock
    package let hash: UInt64
    package let folder: FolderID
    package let generation: Generation
    private let storedLife: CompactLife
    /// The epoch of invalidations at which it was last found to hold; see ``Generations``.
    let checkedEpoch = Atomic<UInt64>(0)
    private let storedHeadLength: UInt32
    package let hits = Atomic<UInt32>(0)
    private let storedStatus: UInt16
    private let fillMilliseconds: UInt16
    package let hasLastModified: Bool
    package let prefetched: Bool
    package let coding: BodyCoding
    /// The same answer with its body plain, for those who don't take gzip: there once one of them asked, and gone with
    /// this entry.
    package let plain: Entry?
    /// Whether a prefetch brought it and nobody has opened it yet.
    package let unusedPrefetch: Atomic<Bool>
    /// Whether its shard pays for its large body; see ``StoredBody``.
    let paysForBody = Atomic<Bool>(true)

    /// - Parameters:
    ///   - image: status line and field lines as they go to an HTTP/1.1 client, without the closing empty line and without
    ///     the fields that differ from answer to answer (`Age`, `Cache-Status`, `Connection`); then the body.
    ///   - aliases: other names under which a change may reach it, beside its folder and those above: see ``aliases``.
    ///   - entityTag: with its quotes, empty when the origin gave none.
    ///   - body: the body when it is large and may be shared; `image` is the head alone then.
    package init(
        key: CacheKey, hash: UInt64, folder: FolderID, generation: Generation, image: ByteBuffer, headLength: Int,
        status: Int, life: EntryLife, aliases: [FolderID] = [], entityTag: [UInt8] = [], hasLastModified: Bool = false,
        prefetched: Bool = false, coding: BodyCoding = .plain, plain: Entry? = nil, fillMilliseconds: Int = 0,
        body: StoredBody? = nil
    ) {
        block = EntryBlock(
            key: key, aliases: Array(aliases.prefix(EntryBlock.maximumAliases)), entityTag: entityTag, image: image,
            headLength: headLength, body: body)
        self.hash = hash
        self.folder = folder
        self.generation = generation
        storedHeadLength = UInt32(clamping: headLength)
        storedStatus = UInt16(clamping: status)
        storedLife = CompactLife(life)
        self.fillMilliseconds = UInt16(min(max(0, fillMilliseconds), Self.mostFillMilliseconds))
        self.hasLastModified = hasLastModified
        self.prefetched = prefetched
        self.coding = coding
        self.plain = plain
        unusedPrefetch = Atomic(prefetched)
    }

    /// Names besides its own path under which a change may reach it, because other requests address the same folder
    /// by them. A `.subtree` change of any of them voids it.
    package var aliases: [FolderID] { block.aliases }

    /// The same answer with another life.
    package func living(_ life: EntryLife) -> Entry { copy(key: key, hash: hash, life: life, body: block.body) }

    /// The same answer under another name of the one it was cut for.
    package func moved(to key: CacheKey, hash: UInt64) -> Entry {
        copy(key: key, hash: hash, life: life, body: block.body)
    }

    /// The same answer with its large body taken from the pool.
    package func pooled(in pool: BodyPool) -> Entry {
        block.body.map { copy(key: key, hash: hash, life: life, body: pool.body($0.buffer)) } ?? self
    }

    private func copy(key: CacheKey, hash: UInt64, life: EntryLife, body: StoredBody?) -> Entry {
        Entry(
            key: key, hash: hash, folder: folder, generation: generation,
            image: withInline { ByteBuffer(bytes: $0) }, headLength: headLength, status: status, life: life,
            aliases: aliases, entityTag: entityTag, hasLastModified: hasLastModified, prefetched: prefetched,
            coding: coding, plain: plain?.copy(key: key, hash: hash, life: life, body: plain?.storedBody),
            fillMilliseconds: Int(fillMilliseconds), body: body)
    }

    /// A copy; ``principal`` and ``matches(_:)`` need none.
    package var key: CacheKey { CacheKey(copying: block.key) }
    /// The first byte of its key's form, read in place.
    package var formTag: UInt8? { CacheKey.formTag(of: block.key) }
    /// Whose eyes it was cut for, read in place.
    package var principal: PrincipalID { CacheKey.principal(of: block.key) }
    /// Bodies up to this are kept, and sent, with their head: one write is cheaper than two.
    package static let largestInlineBody = EntryBlock.largestInlineBody

    package var headLength: Int { Int(storedHeadLength) }
    package var bodyLength: Int { block.imageCount - headLength }
    package var status: Int { Int(storedStatus) }
    package var life: EntryLife { storedLife.life }
    /// The entity tag with its quotes, empty when the origin gave none.
    package var entityTag: [UInt8] { block.entityTag }
    package var hasEntityTag: Bool { block.hasEntityTag }

    /// The entity tag in place; the pointer must not leave `body`.
    package func withEntityTag<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        block.withEntityTag(body)
    }

    /// Head and body in one buffer, copied.
    package var image: ByteBuffer {
        var image = block.withInline { ByteBuffer(bytes: $0) }
        if let body = block.body { image.writeImmutableBuffer(body.buffer) }
        return image
    }

    /// The body: without copying when it is large.
    package var body: ByteBuffer { block.body?.buffer ?? withBody { ByteBuffer(bytes: $0) } }

    /// The body where it is large.
    package var storedBody: StoredBody? { block.body }

    /// The head, and behind it a body up to ``largestInlineBody``, in place; the pointer must not leave `body`.
    @inline(__always)
    package func withInline<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try block.withInline(body)
    }

    /// The body in place; the pointer must not leave `body`.
    @inline(__always)
    package func withBody<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        if let stored = block.body { return try stored.buffer.withUnsafeReadableBytes(body) }
        return try block.withInline { try body(UnsafeRawBufferPointer(rebasing: $0[headLength...])) }
    }

    @inline(__always)
    func withKey<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(block.key)
    }

    /// The canonical path in its key, in place.
    func withPath<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(CacheKey.path(of: block.key))
    }

    @inline(__always)
    func matches(_ key: UnsafeRawBufferPointer) -> Bool {
        block.key.count == key.count && block.key.elementsEqualFast(key)
    }

    /// How often it was served, in either coding.
    package var uses: UInt32 { hits.load(ordering: .relaxed) &+ (plain?.hits.load(ordering: .relaxed) ?? 0) }

    /// Whether the body is gzip for some clients only: see ``BodyCoding``.
    package var holdsGzip: Bool { coding != .plain }

    /// The same entry with a plain copy beside it.
    package func with(plain: Entry) -> Entry {
        let copy = Entry(
            key: key, hash: hash, folder: folder, generation: generation,
            image: withInline { ByteBuffer(bytes: $0) }, headLength: headLength, status: status, life: life,
            aliases: aliases, entityTag: entityTag, hasLastModified: hasLastModified, prefetched: prefetched,
            coding: coding, plain: plain, fillMilliseconds: Int(fillMilliseconds), body: block.body)
        copy.hits.store(hits.load(ordering: .relaxed), ordering: .relaxed)
        copy.unusedPrefetch.store(unusedPrefetch.load(ordering: .relaxed), ordering: .relaxed)
        return copy
    }

    /// What a miss of it costs beside others: the time its fill took, damped so that chance does not rule.
    package var missCost: Float { Self.leastMissCost + Float(fillMilliseconds) }

    /// Milliseconds every miss counts in ``missCost``, however fast its fill was.
    private static let leastMissCost: Float = 100
    private static let mostFillMilliseconds = 10_000

    /// Bytes this entry takes when it shares nothing: key, head and body as allocated, and the object and table slots
    /// around them. Its worth is reckoned by it.
    package var cost: Int { block.allocated + Entry.overhead + sharedCost + (plain?.cost ?? 0) }

    var pays: Bool { paysForBody.load(ordering: .relaxed) }

    /// What it takes as long as another pays for the same body.
    var charge: Int { pays ? cost : cost - sharedCost }

    /// The part of ``cost`` that only one of the entries with the same body pays.
    var sharedCost: Int { block.body?.allocated ?? 0 }

    /// This object with its allocation, a slot and an index cell of the shard; measured against resident memory.
    package static let overhead = 192
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

    /// The same life, over at `end` at the latest; nil sets no limit.
    package func limited(to end: Int64?) -> EntryLife {
        guard let end else { return self }
        return EntryLife(
            receivedAt: receivedAt, initialAge: initialAge, freshUntil: min(freshUntil, end),
            staleWhileRevalidateUntil: min(staleWhileRevalidateUntil, end),
            staleIfErrorUntil: min(staleIfErrorUntil, end))
    }

    /// Nothing can be made of the entry from then on.
    package var endsAt: Int64 { max(staleWhileRevalidateUntil, staleIfErrorUntil) }
}
