import NIOCore
import Synchronization
import Testing

@testable import RiffleCache

/// Entries that hold gzip, with a plain copy beside them.
@Suite struct PlainCopyTests {
    static func pair(bytes: Int = 100) -> (coded: Entry, plain: Entry, both: Entry) {
        let plain = Sample.entry("/f/", bytes: bytes * 8)
        let coded = Entry(
            key: plain.key, hash: plain.hash, folder: plain.folder, generation: plain.generation,
            image: ByteBuffer(repeating: 2, count: bytes), headLength: 0, status: 200, life: Sample.life,
            prefetched: true, coding: .gzipMadeHere)
        coded.hits.store(3, ordering: .relaxed)
        return (coded, plain, coded.with(plain: plain))
    }

    @Test("a copy beside an entry is charged with it and goes with it")
    func charged() {
        let tier = MemoryTier(limit: 1 << 20, shards: 1)
        let (coded, plain, both) = Self.pair()
        #expect(both.cost == coded.cost + plain.cost)
        tier.insert(coded)
        #expect(tier.figures.bytes == coded.cost)
        tier.insert(both)
        #expect(tier.figures.entries == 1 && tier.figures.bytes == both.cost)
        #expect(tier.find("/f/")?.plain === plain)
        tier.remove(both)
        #expect(tier.figures.bytes == 0)
    }

    @Test("the entry with a copy is the same in all else, its uses counted on")
    func same() {
        let (coded, plain, both) = Self.pair()
        #expect(both.coding == coded.coding && both.life == coded.life && both.generation == coded.generation)
        #expect(both.image == coded.image && both.uses == 3)
        let isUnused = both.unusedPrefetch.load(ordering: .relaxed)
        #expect(isUnused)
        plain.hits.store(2, ordering: .relaxed)
        #expect(both.uses == 5)
        let later = EntryLife(
            receivedAt: 9, initialAge: 0, freshUntil: 99, staleWhileRevalidateUntil: 99, staleIfErrorUntil: 99)
        let living = both.living(later)
        #expect(living.life == later && living.plain?.life == later && living.coding == both.coding)
    }

    @Test("the original of a copy is the stored entry, and of all else itself")
    func original() {
        let tier = MemoryTier(limit: 1 << 20, shards: 1)
        let (coded, plain, both) = Self.pair()
        #expect(tier.original(of: plain) === plain)
        tier.insert(both)
        #expect(tier.original(of: plain) === both)
        #expect(tier.original(of: coded) === coded)
        #expect(tier.original(of: Sample.entry("/other/")).holdsGzip == false)
    }
}
