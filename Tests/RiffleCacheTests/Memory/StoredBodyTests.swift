import NIOCore
import Testing

@testable import RiffleCache

@Suite("Equal bodies of different people")
struct StoredBodyTests {
    private static let large = 64 << 10

    private func body(_ mark: UInt8, _ size: Int = large) -> ByteBuffer { ByteBuffer(repeating: mark, count: size) }

    private func entry(_ name: String, _ body: ByteBuffer, in tier: MemoryTier, head: String = "HEAD") -> Entry {
        let key = Sample.key(name)
        let stored = tier.stored(body)
        var image = ByteBuffer(string: head)
        if stored == nil { image.writeImmutableBuffer(body) }
        return Entry(
            key: key, hash: key.bytes.withUnsafeBytes { MemoryTier.hash($0) },
            folder: FolderID(Hash128(high: 0, low: 1)), generation: Generation(1), image: image,
            headLength: head.utf8.count, status: 207, life: Sample.life, body: stored)
    }

    /// What the tier should charge: every entry for itself, and every body once.
    private func due(_ tier: MemoryTier) -> Int {
        var bodies: [ObjectIdentifier: Int] = [:]
        var sum = 0
        tier.forEach { entry in
            sum += entry.cost - entry.sharedCost
            if let body = entry.storedBody { bodies[ObjectIdentifier(body)] = entry.sharedCost }
        }
        return sum + bodies.values.reduce(0, +)
    }

    @Test("are kept once, counted once, and each keeps its own head")
    func once() {
        let tier = MemoryTier(limit: 16 << 20)
        for number in 0..<10 { #expect(tier.insert(entry("/\(number)/", body(7), in: tier, head: "HEAD\(number)"))) }
        #expect(tier.bodies.count == 1)
        #expect(tier.figures.bytes == due(tier) && tier.figures.bytes < 2 * Self.large)
        #expect(tier.figures.saved > 9 * Self.large)
        for number in 0..<10 {
            let found = tier.find("/\(number)/")
            #expect(found?.image == ByteBuffer(string: "HEAD\(number)" + String(buffer: body(7))))
        }
    }

    @Test("are paid for by another when the one who paid leaves, and gone when the last has left")
    func heirs() throws {
        let tier = MemoryTier(limit: 16 << 20)
        for number in 0..<10 { tier.insert(entry("/\(number)/", body(7), in: tier)) }
        for number in 0..<10 {
            tier.remove(try #require(tier.find("/\(number)/")))
            #expect(tier.figures.bytes == due(tier))
            #expect((tier.figures.bytes > Self.large) == (number < 9))
        }
        #expect(tier.figures.bytes == 0 && tier.figures.saved == 0 && tier.bodies.count == 0)
    }

    @Test("are worth the same to each as if he had it alone")
    func worth() {
        let tier = MemoryTier(limit: 16 << 20)
        let first = entry("/a/", body(7), in: tier)
        let second = entry("/b/", body(7), in: tier)
        tier.insert(first)
        tier.insert(second)
        #expect(second.storedBody === first.storedBody && second.cost == first.cost && second.missCost == first.missCost)
    }

    @Test("are told from bodies that are merely alike; small ones lie with their heads")
    func different() {
        let tier = MemoryTier(limit: 16 << 20)
        var other = body(7)
        other.setInteger(UInt8(8), at: Self.large - 1)
        let bodies = [body(7), other, body(7, Self.large - 1)].map { tier.stored($0) }
        #expect(Set(bodies.map { $0.map(ObjectIdentifier.init) }).count == 3)
        #expect(tier.stored(body(7, Entry.largestInlineBody)) == nil)
    }

    @Test("a body found in the second tier is the one that is there")
    func pooled() {
        let tier = MemoryTier(limit: 16 << 20)
        let here = entry("/a/", body(7), in: tier)
        var image = ByteBuffer(string: "HEAD")
        image.writeImmutableBuffer(body(7))
        let read = Entry(
            key: here.key, hash: here.hash, folder: here.folder, generation: here.generation, image: image,
            headLength: 4, status: 207, life: here.life, entityTag: Array("\"x\"".utf8), hasLastModified: true)
        let pooled = read.pooled(in: tier.bodies)
        #expect(pooled.storedBody === here.storedBody && pooled.image == image)
        #expect(pooled.entityTag == read.entityTag && pooled.hasLastModified && pooled.missCost == read.missCost)
    }

    @Test("stay within the limit and are charged exactly once, whatever comes and goes", arguments: [1, 8])
    func churn(shards: Int) {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let tier = MemoryTier(limit: 3 << 20, shards: shards)
        for step in 0..<3_000 {
            let name = "/\(Int.random(in: 0..<200, using: &generator))/"
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: if let found = tier.find(name) { tier.remove(found) }
            case 1...3: _ = tier.find(name)
            default:
                let mark = UInt8.random(in: 0..<12, using: &generator)
                tier.insert(entry(name, body(mark, (Int(mark) + 1) * 8 << 10), in: tier))
            }
            if step.isMultiple(of: 50) {
                #expect(tier.figures.bytes == due(tier) && tier.figures.bytes <= tier.limit, "seed \(seed)")
            }
        }
        tier.removeAll()
        #expect(tier.figures.bytes == 0 && tier.bodies.count == 0, "seed \(seed)")
    }

    @Test("from several threads at once too", .timeLimit(.minutes(1)))
    func threads() async {
        let seed = UInt64.random(in: 0 ... .max)
        let tier = MemoryTier(limit: 3 << 20, shards: 4)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &+ UInt64(worker))
                    for _ in 0..<2_000 {
                        let name = "/\(Int.random(in: 0..<60, using: &generator))/"
                        if Int.random(in: 0..<4, using: &generator) == 0 {
                            if let found = tier.find(name) { tier.remove(found) }
                        } else {
                            let mark = UInt8.random(in: 0..<6, using: &generator)
                            tier.insert(entry(name, body(mark), in: tier))
                        }
                    }
                }
            }
        }
        #expect(tier.figures.bytes == due(tier) && tier.figures.bytes <= tier.limit, "seed \(seed)")
        tier.removeAll()
        #expect(tier.figures.bytes == 0 && tier.figures.saved == 0 && tier.bodies.count == 0, "seed \(seed)")
    }
}
