import Glibc
import NIOCore

/// The variable part of an ``Entry`` in one allocation: its key, its aliases, then its entity tag where the head does not
/// hold it, then the image of its answer. An object, a buffer and two arrays would cost more than many a small listing.
///
/// Only an image whose body is large stays a `ByteBuffer`, which can be sent without copying; it lies in front of the key.
struct EntryBlock: ~Copyable, Sendable {
    /// Bodies up to this lie in the block. Whoever sends one copies it, which is cheaper than a write of its own.
    static let largestInlineBody = 16 << 10

    // Written before `init` ends and never again; freed by `deinit`, when nobody can reach it any more.
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer
    private let imageLength: UInt32
    /// The key's length, and in the top byte how many aliases follow it.
    private let keyAndAliases: UInt32
    /// From the key's first byte, or from the image's when the head holds the tag.
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
    init(key: CacheKey, aliases: [FolderID], entityTag: [UInt8], image: ByteBuffer, headLength: Int) {
        let isLarge = image.readableBytes - headLength > Self.largestInlineBody
        let tag = entityTag.count <= Int(UInt16.max) ? entityTag : []
        let inHead = tag.isEmpty ? nil : Self.offset(of: tag, in: image, headLength)
        let looseTag = inHead == nil ? tag : []
        let start = isLarge ? MemoryLayout<ByteBuffer>.stride : 0
        let keyLength = key.bytes.count
        let fixed = keyLength + aliases.count * Self.aliasStride
        let size = start + fixed + looseTag.count + (isLarge ? 0 : image.readableBytes)
        let base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<ByteBuffer>.alignment)
        if isLarge { base.initializeMemory(as: ByteBuffer.self, to: image.trimmed()) }
        key.bytes.withUnsafeBytes { Self.put($0, base + start) }
        for (index, alias) in aliases.enumerated() {
            let place = base + start + keyLength + index * Self.aliasStride
            place.storeBytes(of: alias.hash.high, as: UInt64.self)
            (place + 8).storeBytes(of: alias.hash.low, as: UInt64.self)
        }
        looseTag.withUnsafeBytes { Self.put($0, base + start + fixed) }
        if !isLarge { image.withUnsafeReadableBytes { Self.put($0, base + start + fixed + looseTag.count) } }
        self.base = base
        self.isLarge = isLarge
        keyAndAliases = UInt32(keyLength) | UInt32(aliases.count) << 24
        imageLength = UInt32(image.readableBytes)
        tagStart = UInt32(inHead ?? fixed)
        tagLength = UInt16(tag.count)
        tagIsInHead = inHead != nil
    }

    deinit {
        if isLarge { base.assumingMemoryBound(to: ByteBuffer.self).deinitialize(count: 1) }
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
    private var start: Int { isLarge ? MemoryLayout<ByteBuffer>.stride : 0 }
    private var looseTagLength: Int { tagIsInHead ? 0 : Int(tagLength) }
    private var size: Int { start + fixed + looseTagLength + (isLarge ? 0 : Int(imageLength)) }

    private var largeImage: ByteBuffer { base.assumingMemoryBound(to: ByteBuffer.self).pointee }

    var imageCount: Int { Int(imageLength) }

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

    @inline(__always)
    func withImage<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        if isLarge { return try largeImage.withUnsafeReadableBytes(body) }
        return try body(
            UnsafeRawBufferPointer(start: base + fixed + looseTagLength, count: Int(imageLength)))
    }

    /// The image as a buffer: without copying when it is large, a copy when it is small.
    var image: ByteBuffer {
        isLarge ? largeImage : withImage { ByteBuffer(bytes: $0) }
    }

    var entityTag: [UInt8] { withEntityTag { Array($0) } }

    func withEntityTag<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let range = Int(tagStart)..<Int(tagStart) + Int(tagLength)
        if tagIsInHead { return withImage { body(UnsafeRawBufferPointer(rebasing: $0[range])) } }
        return body(UnsafeRawBufferPointer(start: base + start + range.lowerBound, count: range.count))
    }

    var hasEntityTag: Bool { tagLength > 0 }

    /// Bytes taken from the allocator.
    var allocated: Int {
        guard isLarge else { return Self.allocated(size) }
        return Self.allocated(size) + Self.bufferObject + Self.allocated(largeImage.storageCapacity)
    }

    /// The object around a buffer's bytes.
    private static let bufferObject = 80
    private static let pageFrom = 128 << 10

    /// What the C library takes for `size` bytes: a word of its own in steps of 16, whole pages when there are many.
    static func allocated(_ size: Int) -> Int {
        size < pageFrom ? max(32, (size + 8 + 15) & ~15) : (size + 16 + 4_095) & ~4_095
    }
}
