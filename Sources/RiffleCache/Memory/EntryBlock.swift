import Glibc
import NIOCore

/// The variable part of an ``Entry`` in one allocation: its key, then its entity tag where the head does not hold it, then
/// the image of its answer. An object, a buffer and two arrays would cost more than many a small listing.
///
/// Only a large body is no part of it: it lies in a ``StoredBody``, which can be sent without copying and shared; the
/// reference stands in front of the key.
struct EntryBlock: ~Copyable, Sendable {
    /// Bodies up to this lie in the block. Whoever sends one copies it, which is cheaper than a write of its own.
    static let largestInlineBody = 16 << 10

    // Written before `init` ends and never again; freed by `deinit`, when nobody can reach it any more.
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer
    private let inlineLength: UInt32
    private let keyLength: UInt32
    /// From the key's first byte, or from the head's when the head holds the tag.
    private let tagStart: UInt32
    private let tagLength: UInt16
    private let tagIsInHead: Bool
    private let isLarge: Bool

    /// - Parameters:
    ///   - entityTag: longer than 65,535 bytes counts as none.
    ///   - image: head and body; only the head when `body` is given.
    init(key: CacheKey, entityTag: [UInt8], image: ByteBuffer, headLength: Int, body: StoredBody?) {
        let large = body ?? Self.large(image, headLength)
        let isLarge = large != nil
        let tag = entityTag.count <= Int(UInt16.max) ? entityTag : []
        let inHead = tag.isEmpty ? nil : Self.offset(of: tag, in: image, headLength)
        let looseTag = inHead == nil ? tag : []
        let start = isLarge ? MemoryLayout<StoredBody>.stride : 0
        let keyLength = key.bytes.count
        let inline = isLarge ? image.slicePrefix(headLength) : image
        let size = start + keyLength + looseTag.count + inline.readableBytes
        let base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<StoredBody>.alignment)
        if let large { base.initializeMemory(as: StoredBody.self, to: large) }
        key.bytes.withUnsafeBytes { Self.put($0, base + start) }
        looseTag.withUnsafeBytes { Self.put($0, base + start + keyLength) }
        inline.withUnsafeReadableBytes { Self.put($0, base + start + keyLength + looseTag.count) }
        self.base = base
        self.isLarge = isLarge
        self.keyLength = UInt32(keyLength)
        inlineLength = UInt32(inline.readableBytes)
        tagStart = UInt32(inHead ?? keyLength)
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

    private var start: Int { isLarge ? MemoryLayout<StoredBody>.stride : 0 }
    private var looseTagLength: Int { tagIsInHead ? 0 : Int(tagLength) }
    private var size: Int { start + Int(keyLength) + looseTagLength + Int(inlineLength) }

    /// The body where it is large.
    var body: StoredBody? { isLarge ? base.assumingMemoryBound(to: StoredBody.self).pointee : nil }

    var imageCount: Int { Int(inlineLength) + (body?.buffer.readableBytes ?? 0) }

    @inline(__always)
    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: Int(keyLength)) }

    /// The head, and behind it the body unless that is large.
    @inline(__always)
    func withInline<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(
            UnsafeRawBufferPointer(start: base + start + Int(keyLength) + looseTagLength, count: Int(inlineLength)))
    }

    var entityTag: [UInt8] {
        let range = Int(tagStart)..<Int(tagStart) + Int(tagLength)
        if tagIsInHead { return withInline { Array($0[range]) } }
        return Array(UnsafeRawBufferPointer(start: base + start + range.lowerBound, count: range.count))
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
