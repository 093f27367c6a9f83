import NIOCore
import RiffleCache
import Testing

@testable import RiffleRedis

/// Entries as they lie in Redis, without a server.
@Suite struct StoredEntryTests {
    static let clock = ClockReading(wall: 1_000_000, monotonic: 5_000)

    static func entry(_ coding: BodyCoding) -> Entry {
        let path = Array("/f/".utf8)
        let length = withUnsafeBytes(of: UInt32(path.count).littleEndian) { Array($0) }
        let key = (length + path + [UInt8](repeating: 7, count: CacheKey.principalLength)).withUnsafeBytes {
            CacheKey(copying: $0)
        }
        let life = EntryLife(
            receivedAt: 4_000, initialAge: 3, freshUntil: 9_000, staleWhileRevalidateUntil: 9_500,
            staleIfErrorUntil: 9_700)
        return Entry(
            key: key, hash: 1, folder: FolderID(Hash128(high: 2, low: 3)), generation: Generation(1),
            image: ByteBuffer(string: "HEADbody"), headLength: 4, status: 207, life: life,
            aliases: [FolderID(Hash128(high: 4, low: 5))], entityTag: Array("\"v\"".utf8), hasLastModified: true,
            prefetched: true, coding: coding)
    }

    static func decode(_ bytes: [UInt8]) -> StoredEntry? {
        let entry = entry(.plain)
        return StoredEntry.decode(
            bytes, key: entry.key, hash: 1, folder: entry.folder, localGeneration: Generation(8), clock: clock)
    }

    static func encode(_ coding: BodyCoding) throws -> [UInt8] {
        try #require(StoredEntry.encode(entry(coding), generation: [1, 2], fillBegan: 9, clock: clock))
    }

    @Test("an entry comes back as it was, whatever its coding", arguments: [BodyCoding.plain, .gzip, .gzipMadeHere])
    func roundTrip(coding: BodyCoding) throws {
        let stored = try #require(Self.decode(try Self.encode(coding)))
        #expect(stored.entry.coding == coding)
        #expect(stored.entry.holdsGzip == (coding != .plain))
        #expect(stored.entry.image == ByteBuffer(string: "HEADbody") && stored.entry.headLength == 4)
        #expect(stored.entry.life == Self.entry(coding).life && stored.entry.status == 207)
        #expect(stored.entry.entityTag == Array("\"v\"".utf8) && stored.entry.aliases.count == 1)
        #expect(stored.entry.hasLastModified && stored.entry.prefetched)
        #expect(stored.generation == [1, 2] && stored.fillBegan == 9)
    }

    @Test("another version, an unknown coding, and every cut are refused")
    func refused() throws {
        let bytes = try Self.encode(.gzip)
        for end in bytes.indices { #expect(Self.decode(Array(bytes[..<end])) == nil, "cut at \(end)") }
        for version in 0...255 where version != Int(bytes[0]) {
            #expect(Self.decode([UInt8(version)] + bytes.dropFirst()) == nil)
        }
        for flags in [UInt8(12), 16, 64, 255] {
            #expect(Self.decode([bytes[0], flags] + bytes.dropFirst(2)) == nil)
        }
        #expect(Self.decode(bytes + [0]) == nil)
    }
}
