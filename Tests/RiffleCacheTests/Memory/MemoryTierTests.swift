import NIOCore
import Synchronization
import Testing

@testable import RiffleCache

@Suite struct MemoryTierTests {
    @Test("what was stored is found, byte for byte")
    func stores() {
        let tier = MemoryTier(limit: 1 << 20)
        let entry = Sample.entry("/a/")
        #expect(tier.insert(entry))
        #expect(tier.find("/a/") === entry)
        #expect(tier.find("/b/") == nil)
    }

    @Test("two keys of one hash never answer for each other")
    func exactKeys() {
        let tier = MemoryTier(limit: 1 << 20)
        let (first, second) = (Sample.entry("/a/", hash: 42), Sample.entry("/b/", hash: 42))
        tier.insert(first)
        #expect(tier.find("/b/", hash: 42) == nil)
        tier.insert(second)
        #expect(tier.find("/a/", hash: 42) === first)
        #expect(tier.find("/b/", hash: 42) === second)
        tier.remove(first)
        #expect(tier.find("/a/", hash: 42) == nil)
        #expect(tier.find("/b/", hash: 42) === second)
    }

    @Test("never holds more bytes than its limit", arguments: [1, 4, 16])
    func bound(shards: Int) {
        let tier = MemoryTier(limit: 256 << 10, shards: shards)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<4_000 {
            let name = "/\(Int.random(in: 0..<1_000, using: &generator))/"
            tier.open(name, bytes: Int.random(in: 1...6_000, using: &generator))
            #expect(tier.figures.bytes <= tier.limit)
        }
        #expect(tier.figures.bytes > tier.limit / 2)
        #expect(tier.figures.evictions > 0)
    }

    @Test("its bytes are the sum of what its entries cost")
    func accounting() {
        let tier = MemoryTier(limit: 64 << 10)
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<3_000 {
            let name = "/\(Int.random(in: 0..<300, using: &generator))/"
            if Int.random(in: 0..<4, using: &generator) == 0 {
                if let found = tier.find(name) { tier.remove(found) }
            } else {
                tier.open(name, bytes: Int.random(in: 1...2_000, using: &generator))
            }
        }
        var (count, bytes) = (0, 0)
        tier.forEach {
            count += 1
            bytes += $0.cost
        }
        #expect(tier.figures.entries == count)
        #expect(tier.figures.bytes == bytes)
        tier.removeAll()
        #expect(tier.figures.entries == 0)
        #expect(tier.figures.bytes == 0)
    }

    @Test("a new entry takes the place of the one with its key, which is told of")
    func replaced() {
        let displaced = Mutex<[ObjectIdentifier]>([])
        let tier = MemoryTier(limit: 1 << 20) { old in displaced.withLock { $0.append(ObjectIdentifier(old)) } }
        let (old, new) = (Sample.entry("/a/"), Sample.entry("/a/", bytes: 500))
        tier.insert(old)
        tier.insert(new)
        #expect(tier.find("/a/") === new)
        #expect(tier.figures.entries == 1)
        #expect(tier.figures.bytes == new.cost)
        #expect(displaced.withLock { $0 } == [ObjectIdentifier(old)])
    }

    @Test("removing an entry spares its successor")
    func removesExactly() {
        let tier = MemoryTier(limit: 1 << 20)
        let (old, new) = (Sample.entry("/a/"), Sample.entry("/a/"))
        tier.insert(old)
        tier.insert(new)
        tier.remove(old)
        #expect(tier.find("/a/") === new)
    }

    @Test("what is larger than a shard is refused, and its predecessor is gone all the same")
    func tooLarge() {
        let tier = MemoryTier(limit: 64 << 10, shards: 4)
        tier.insert(Sample.entry("/a/"))
        #expect(!tier.insert(Sample.entry("/a/", bytes: tier.largestEntry + 1)))
        #expect(tier.find("/a/") == nil)
    }

    @Test("what was pushed out is remembered as evicted, what was never there is not")
    func evicted() {
        let tier = MemoryTier(limit: 16 << 10, shards: 1)
        for number in 0..<100 { tier.open("/\(number)/", bytes: 500) }
        let gone = (0..<100).filter { tier.find("/\($0)/") == nil }
        #expect(!gone.isEmpty)
        for number in gone {
            let hash = Sample.key("/\(number)/").bytes.withUnsafeBytes { MemoryTier.hash($0) }
            #expect(tier.wasEvicted(hash: hash))
        }
        let never = Sample.key("/never/").bytes.withUnsafeBytes { MemoryTier.hash($0) }
        #expect(!tier.wasEvicted(hash: never))
    }

    @Test("many threads may use it at once, and its books balance afterwards")
    func concurrency() async {
        let tier = MemoryTier(limit: 128 << 10, shards: 4)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 as Range<UInt64> {
                group.addTask {
                    var generator = SeededGenerator(seed: task)
                    for _ in 0..<3_000 {
                        let name = "/\(Int.random(in: 0..<200, using: &generator))/"
                        if let found = tier.find(name) {
                            #expect(found.key == Sample.key(name))
                            if Int.random(in: 0..<8, using: &generator) == 0 { tier.remove(found) }
                        } else {
                            tier.insert(Sample.entry(name, bytes: Int.random(in: 1...3_000, using: &generator)))
                        }
                    }
                }
            }
        }
        var bytes = 0
        tier.forEach { bytes += $0.cost }
        #expect(tier.figures.bytes == bytes)
        #expect(bytes <= tier.limit)
    }
}
