import Glibc
import NIOCore

/// The variable part of an ``Entry`` in one allocation: its key, its aliases, then its entity tag where the head does not
/// hold it, then the image of its answer. An object, a buffer and two arrays would cost more than many a small listing.
///
/// Only a large body is no part of it: it lies in a ``StoredBody``, which can be sent without copying and shared; the
/// reference stands in front of the key.
struct EntryBlock: ~Copyable, Sendable {
    /// Bodies up to this lie in the block. Whoever sends one copies it, which is cheaper than a write of its own.
    static let largestInlineBody = 16 << 10

    // Written before `init` ends and never again; freed by `deinit`, when nobody can reach it any more.
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer
    private let inlineLength: UInt32
    /// The key's length, and in the top byte how many aliases follow it.
    private let keyAndAliases: UInt32
    /// From the key's first byte, or from the head's when it holds the tag.
    private let tagStart: UInt32
    private let tagLength: UInt16
    private let tagIsInHead: Bool
    private let isLarge: Bool

    /// More aliases than this an entry can't have.
    static let maximumAliases = 255
    private static let aliasStride = 16

    /// - Parameters:
    ///   - aliases: at most ``maximumAliases``.
    ///   - entityTag: longer than 65,535 bytes counts as none.
    ///   - image: head and body; only the head when `body` is given.
    init(
        key: CacheKey, aliases: [FolderID], entityTag: [UInt8], image: ByteBuffer, headLength: Int, body: StoredBody?
    ) {
        let large = body ?? Self.large(image, headLength)
        let inline = large == nil ? image : image.slicePrefix(headLength)
        let tag = entityTag.count <= Int(UInt16.max) ? entityTag : []
        let inHead = tag.isEmpty ? nil : Self.offset(of: tag, in: image, headLength)
        let looseTag = inHead == nil ? tag : []
        let start = large == nil ? 0 : MemoryLayout<StoredBody>.stride
        let keyLength = key.bytes.count
        let fixed = keyLength + aliases.count * Self.aliasStride
        let size = start + fixed + looseTag.count + inline.readableBytes
        let base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<StoredBody>.alignment)
        if let large { base.initializeMemory(as: StoredBody.self, to: large) }
        key.bytes.withUnsafeBytes { Self.put($0, base + start) }
        for (index, alias) in aliases.enumerated() {
            let place = base + start + keyLength + index * Self.aliasStride
            place.storeBytes(of: alias.hash.high, as: UInt64.self)
            (place + 8).storeBytes(of: alias.hash.low, as: UInt64.self)
        }
        looseTag.withUnsafeBytes { Self.put($0, base + start + fixed) }
        inline.withUnsafeReadableBytes { Self.put($0, base + start + fixed + looseTag.count) }
        self.base = base
        isLarge = large != nil
        keyAndAliases = UInt32(keyLength) | UInt32(aliases.count) << 24
        inlineLength = UInt32(inline.readableBytes)
        tagStart = UInt32(inHead ?? fixed)
        tagLength = UInt16(tag.count)
        tagIsInHead = inHead != nil
    }

    /// The body as one of its own when it is too large to lie here.
    private static func large(_ image: ByteBuffer, _ headLength: Int) -> StoredBody? {
        guard image.readableBytes - headLength > largestInlineBody else { return nil }
        return StoredBody(image.slice(from: headLength).trimmed())
    }

    deinit {
        if isLarge { base.assumingMemoryBound(to: StoredBody.self).deinitialize(count: 1) }
        base.deallocate()
    }

    private static func put(_ bytes: UnsafeRawBufferPointer, _ place: UnsafeMutableRawPointer) {
        if let start = bytes.baseAddress { place.copyMemory(from: start, byteCount: bytes.count) }
    }

    private static func offset(of tag: [UInt8], in image: ByteBuffer, _ headLength: Int) -> Int? {
        guard tag.count <= longestSearched else { return nil }
        return image.withUnsafeReadableBytes { bytes in
            let head = UnsafeRawBufferPointer(rebasing: bytes[..<min(max(0, headLength), bytes.count)])
            return tag.withUnsafeBytes { tag in
                guard head.count >= tag.count else { return nil }
                return (0...head.count - tag.count).first { start in
                    head[start] == tag[0]
                        && UnsafeRawBufferPointer(rebasing: head[start..<start + tag.count]).elementsEqualFast(tag)
                }
            }
        }
    }

    /// Longer tags are kept apart: looking for them could take long.
    private static let longestSearched = 256

    private var keyLength: Int { Int(keyAndAliases & 0xFF_FFFF) }
    private var aliasCount: Int { Int(keyAndAliases >> 24) }
    /// Bytes of key and aliases.
    private var fixed: Int { keyLength + aliasCount * Self.aliasStride }
    private var start: Int { isLarge ? MemoryLayout<StoredBody>.stride : 0 }
    private var looseTagLength: Int { tagIsInHead ? 0 : Int(tagLength) }
    private var size: Int { start + fixed + looseTagLength + Int(inlineLength) }

    /// The body where it is large.
    var body: StoredBody? { isLarge ? base.assumingMemoryBound(to: StoredBody.self).pointee : nil }

    var imageCount: Int { Int(inlineLength) + (body?.buffer.readableBytes ?? 0) }

    @inline(__always)
    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: keyLength) }

    var aliases: [FolderID] {
        (0..<aliasCount).map { index in
            let place = base + start + keyLength + index * Self.aliasStride
            return FolderID(
                Hash128(
                    high: place.loadUnaligned(as: UInt64.self), low: (place + 8).loadUnaligned(as: UInt64.self)))
        }
    }

    /// The head, and behind it the body unless that is large.
    @inline(__always)
    func withInline<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: base + start + fixed + looseTagLength, count: Int(inlineLength)))
    }

    var entityTag: [UInt8] { withEntityTag { Array($0) } }

    func withEntityTag<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let range = Int(tagStart)..<Int(tagStart) + Int(tagLength)
        if tagIsInHead { return withInline { body(UnsafeRawBufferPointer(rebasing: $0[range])) } }
        return body(UnsafeRawBufferPointer(start: base + start + range.lowerBound, count: range.count))
    }

    var hasEntityTag: Bool { tagLength > 0 }

    /// Bytes taken from the allocator, without a large body.
    var allocated: Int { Self.allocated(size) + (isLarge ? Self.ownerPlace : 0) }

    /// An owner's place in the books of a large body.
    private static let ownerPlace = 48
    private static let pageFrom = 128 << 10

    /// What the C library takes for `size` bytes: a word of its own in steps of 16, whole pages when there are many.
    static func allocated(_ size: Int) -> Int {
        size < pageFrom ? max(32, (size + 8 + 15) & ~15) : (size + 16 + 4_095) & ~4_095
    }
}
