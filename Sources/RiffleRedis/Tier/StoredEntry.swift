import NIOCore
import RiffleCache

/// An entry as it lies sealed in Redis: flat little-endian binary, every length checked against the whole.
struct StoredEntry {
    /// Bytes of one value in Redis; larger entries stay in memory only.
    static let maximumBytes = 16 << 20
    private static let version: UInt8 = 3
    /// Other names of one entry.
    private static let maximumAliases = 255
    /// Beyond any sensible unix millisecond: arithmetic on what was read can't overflow.
    private static let latestTime: Int64 = 1 << 52

    let entry: Entry
    /// The part of `g` before the dot under which it was filled.
    let generation: [UInt8]
    /// When its fill began, in microseconds of the server.
    let fillBegan: UInt64

    static func encode(_ entry: Entry, generation: [UInt8], fillBegan: UInt64, clock: ClockReading) -> [UInt8]? {
        let aliases = entry.aliases
        let size =
            aliases.count * 16 + entry.headLength + entry.bodyLength + entry.key.bytes.count
            + entry.entityTag.count + 128
        guard size + generation.count <= maximumBytes, entry.entityTag.count <= UInt16.max,
            (100...599).contains(entry.status), generation.count <= UInt16.max
        else { return nil }
        var output = ByteBuffer()
        output.reserveCapacity(size + generation.count)
        func put(_ value: some FixedWidthInteger) { output.writeInteger(value, endianness: .little) }
        put(version)
        put(UInt8((entry.hasLastModified ? 1 : 0) | (entry.prefetched ? 2 : 0) | Int(entry.coding.rawValue) << 2))
        put(UInt16(entry.status))
        put(UInt16(clamping: aliases.count))
        put(UInt16(generation.count))
        put(UInt16(entry.entityTag.count))
        put(UInt32(entry.headLength))
        put(UInt32(entry.key.bytes.count))
        put(UInt32(entry.headLength + entry.bodyLength))
        put(fillBegan)
        put(entry.life.initialAge)
        let offset = clock.wall - clock.monotonic
        for time in [
            entry.life.receivedAt, entry.life.freshUntil, entry.life.staleWhileRevalidateUntil,
            entry.life.staleIfErrorUntil,
        ] {
            put(min(max(time, -latestTime), latestTime) + offset)
        }
        output.writeBytes(generation)
        output.writeBytes(entry.key.bytes)
        for alias in aliases {
            put(alias.hash.high)
            put(alias.hash.low)
        }
        output.writeBytes(entry.entityTag)
        entry.withInline { _ = output.writeBytes($0) }
        if let body = entry.storedBody { output.writeImmutableBuffer(body.buffer) }
        return Array(output.readableBytesView)
    }

    /// Nil when any length, number or the key does not fit.
    static func decode(
        _ bytes: [UInt8], key: CacheKey, hash: UInt64, folder: FolderID, localGeneration: Generation,
        clock: ClockReading
    ) -> StoredEntry? {
        var input = ByteBuffer(bytes: bytes)
        func take<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
            input.readInteger(endianness: .little, as: type)
        }
        guard take(UInt8.self) == version, let flags = take(UInt8.self), flags < 12,
            let coding = BodyCoding(rawValue: flags >> 2),
            let status = take(UInt16.self), (100...599).contains(status),
            let aliasCount = take(UInt16.self), aliasCount <= maximumAliases,
            let generationLength = take(UInt16.self), let tagLength = take(UInt16.self),
            let headLength = take(UInt32.self), let keyLength = take(UInt32.self), let imageLength = take(UInt32.self),
            let fillBegan = take(UInt64.self),
            let initialAge = take(Int64.self), (0...latestTime).contains(initialAge),
            let receivedAt = take(Int64.self), let fresh = take(Int64.self),
            let revalidate = take(Int64.self), let error = take(Int64.self),
            [receivedAt, fresh, revalidate, error].allSatisfy({ abs($0.clamped(to: latestTime * 4)) < latestTime * 2 }),
            headLength <= imageLength,
            Int(generationLength) + Int(tagLength) + Int(keyLength) + Int(aliasCount) * 16 + Int(imageLength)
                == input.readableBytes,
            let generation = input.readBytes(length: Int(generationLength)),
            let keyBytes = input.readBytes(length: Int(keyLength)), keyBytes == key.bytes,
            let aliasWords = input.readWords(Int(aliasCount) * 2),
            let tag = input.readBytes(length: Int(tagLength)),
            let image = input.readSlice(length: Int(imageLength))
        else { return nil }
        // A writer whose clock is ahead must not lengthen the life: what was received in the future moves to now.
        let shift = max(0, receivedAt - clock.wall)
        func local(_ time: Int64) -> Int64 { time - shift - clock.wall + clock.monotonic }
        let life = EntryLife(
            receivedAt: local(receivedAt), initialAge: initialAge, freshUntil: local(fresh),
            staleWhileRevalidateUntil: local(revalidate), staleIfErrorUntil: local(error))
        let entry = Entry(
            key: key, hash: hash, folder: folder, generation: localGeneration,
            image: ByteBuffer(image.readableBytesView),
            headLength: Int(headLength), status: Int(status), life: life,
            aliases: stride(from: 0, to: aliasWords.count, by: 2).map {
                FolderID(Hash128(high: aliasWords[$0], low: aliasWords[$0 + 1]))
            }, entityTag: tag, hasLastModified: flags & 1 != 0, prefetched: flags & 2 != 0, coding: coding)
        return StoredEntry(entry: entry, generation: generation, fillBegan: fillBegan)
    }
}

extension Int64 {
    fileprivate func clamped(to limit: Int64) -> Int64 { Swift.min(Swift.max(self, -limit), limit) }
}

extension ByteBuffer {
    fileprivate mutating func readWords(_ count: Int) -> [UInt64]? {
        var words: [UInt64] = []
        words.reserveCapacity(count)
        for _ in 0..<count {
            guard let word = readInteger(endianness: .little, as: UInt64.self) else { return nil }
            words.append(word)
        }
        return words
    }
}
