import NIOCore
import Testing

@testable import RiffleCache

/// Parts of the tree with bounds of their own in the memory tier.
@Suite struct TenantTests {
    private static func tenant(_ path: String, floor: Int = 0, ceiling: Int = .max) -> Tenant {
        Tenant(path: Array(path.utf8), floor: floor, ceiling: ceiling)
    }

    private func held(_ tier: MemoryTier, _ path: String) -> Int? {
        tier.tenantFigures.first { $0.tenant.path == Array(path.utf8) }?.bytes
    }

    /// What the entries below `path` cost, but not those below `except`.
    private func sum(_ tier: MemoryTier, _ path: String, except: String? = nil) -> Int {
        var bytes = 0
        tier.forEach { entry in
            let isBelow = entry.withPath { $0.starts(with: path.utf8) }
            let isExcepted = except.map { except in entry.withPath { $0.starts(with: except.utf8) } } ?? false
            if isBelow, !isExcepted { bytes += entry.cost }
        }
        return bytes
    }

    @Test("what lies within a tenant's floor stays, however much others ask for", arguments: [1, 16])
    func floorHolds(shards: Int) {
        let floor = 64 << 10
        let tier = MemoryTier(limit: 512 << 10, shards: shards, tenants: [Self.tenant("/small/", floor: floor)])
        let own = (0..<40).map { "/small/\($0)/" }
        for name in own { tier.open(name, bytes: 1_000) }
        #expect((held(tier, "/small/") ?? 0) <= floor)
        // Asked for again and again, so that each of them is worth more than what is seldom asked for.
        for round in 0..<2_000 { for _ in 0..<3 { tier.open("/flood/\(round % 900)/", bytes: 1_000) } }
        #expect(tier.figures.evictions > 100)
        for name in own { #expect(tier.find(name) != nil) }
    }

    @Test("without a floor the same flood leaves little")
    func noFloor() {
        let tier = MemoryTier(limit: 512 << 10, tenants: [Self.tenant("/other/", floor: 1 << 10)])
        let own = (0..<40).map { "/small/\($0)/" }
        for name in own { tier.open(name, bytes: 1_000) }
        for round in 0..<2_000 { for _ in 0..<3 { tier.open("/flood/\(round % 900)/", bytes: 1_000) } }
        #expect(own.count { tier.find($0) != nil } < 30)
    }

    @Test("a tenant comes to its floor though what others hold is worth more")
    func floorIsReached() {
        let tier = MemoryTier(limit: 256 << 10, shards: 4, tenants: [Self.tenant("/small/", floor: 48 << 10)])
        for _ in 0..<20 { for name in 0..<200 { tier.open("/famous/\(name)/", bytes: 1_000) } }
        #expect(tier.figures.bytes > tier.limit * 8 / 10)
        for name in 0..<20 { tier.open("/small/\(name)/", bytes: 1_000) }
        for name in 0..<20 { #expect(tier.find("/small/\(name)/") != nil) }
    }

    @Test("what a tenant has above its floor is everybody's to take")
    func aboveFloor() {
        let floor = 32 << 10
        let tier = MemoryTier(limit: 256 << 10, shards: 4, tenants: [Self.tenant("/big/", floor: floor)])
        for name in 0..<180 { tier.open("/big/\(name)/", bytes: 1_000) }
        #expect((held(tier, "/big/") ?? 0) > 2 * floor)
        for _ in 0..<30 { for name in 0..<180 { tier.open("/other/\(name)/", bytes: 1_000) } }
        let left = held(tier, "/big/") ?? 0
        #expect(left >= floor - 2_000 && left < 2 * floor)
    }

    @Test("a tenant never holds more than its ceiling, and takes room only from itself", arguments: [1, 4, 16])
    func ceilingHolds(shards: Int) {
        let ceiling = 24 << 10
        let tier = MemoryTier(limit: 1 << 20, shards: shards, tenants: [Self.tenant("/greedy/", ceiling: ceiling)])
        let others = (0..<100).map { "/others/\($0)/" }
        for name in others { tier.open(name, bytes: 1_000) }
        var generator = SeededGenerator(seed: 11)
        var most = 0
        for _ in 0..<4_000 {
            let name = "/greedy/\(Int.random(in: 0..<300, using: &generator))/"
            tier.open(name, bytes: Int.random(in: 1...4_000, using: &generator))
            let bytes = held(tier, "/greedy/") ?? 0
            #expect(bytes <= ceiling)
            most = max(most, bytes)
        }
        #expect(most > ceiling / 2)
        for name in others { #expect(tier.find(name) != nil) }
    }

    @Test("an entry larger than its tenant's ceiling is refused, and its predecessor is gone all the same")
    func largerThanCeiling() {
        let tier = MemoryTier(limit: 1 << 20, shards: 1, tenants: [Self.tenant("/t/", ceiling: 8 << 10)])
        #expect(tier.insert(Sample.entry("/t/a/")))
        #expect(!tier.insert(Sample.entry("/t/a/", bytes: 9 << 10)))
        #expect(tier.find("/t/a/") == nil)
        #expect(held(tier, "/t/") == 0)
    }

    @Test("of two tenants the one with the longer path counts; the path itself belongs to it, a longer name does not")
    func longestPath() {
        let tier = MemoryTier(
            limit: 1 << 20, tenants: [Self.tenant("/a/", floor: 1), Self.tenant("/a/b/", floor: 1)])
        tier.open("/a/b/c/")
        tier.open("/a/b/")
        #expect(held(tier, "/a/") == 0)
        tier.open("/a/bc/")
        #expect(held(tier, "/a/") == sum(tier, "/a/", except: "/a/b/"))
        #expect(held(tier, "/a/b/") == sum(tier, "/a/b/"))
        tier.open("/ab/")
        #expect(held(tier, "/a/") == sum(tier, "/a/", except: "/a/b/"))
    }

    @Test(
        "the books of every tenant balance with what is there, whatever happened",
        arguments: 1...6 as ClosedRange<UInt64>)
    func accounting(seed: UInt64) {
        let tenants = [
            Self.tenant("/a/", floor: 12 << 10, ceiling: 40 << 10), Self.tenant("/b/", ceiling: 16 << 10),
            Self.tenant("/a/deep/", floor: 8 << 10),
        ]
        let tier = MemoryTier(limit: 96 << 10, shards: 4, tenants: tenants)
        var generator = SeededGenerator(seed: seed)
        for step in 0..<4_000 {
            let root = ["/a/", "/b/", "/a/deep/", "/c/"].randomElement(using: &generator) ?? "/"
            let name = root + "\(Int.random(in: 0..<60, using: &generator))/"
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: if let found = tier.find(name) { tier.remove(found) }
            case 1: tier.insert(Sample.entry(name, bytes: 900, prefetched: true))
            default: tier.open(name, bytes: Int.random(in: 1...3_000, using: &generator))
            }
            guard step % 50 == 0 else { continue }
            #expect(held(tier, "/a/") == sum(tier, "/a/", except: "/a/deep/"))
            #expect(held(tier, "/a/deep/") == sum(tier, "/a/deep/"))
            #expect(held(tier, "/b/") == sum(tier, "/b/"))
            #expect((held(tier, "/a/") ?? 0) <= 40 << 10 && (held(tier, "/b/") ?? 0) <= 16 << 10)
            #expect(tier.figures.bytes <= tier.limit)
        }
        #expect(tier.tenantFigures.reduce(0) { $0 + $1.evictions } <= tier.figures.evictions)
        tier.removeAll()
        #expect(tier.tenantFigures.allSatisfy { $0.bytes == 0 })
    }

    @Test("a body that two tenants share is paid by one of them, and by the other when that one's entry leaves")
    func sharedBody() {
        let tier = MemoryTier(
            limit: 4 << 20, tenants: [Self.tenant("/a/", floor: 1), Self.tenant("/b/", floor: 1)])
        let body = ByteBuffer(repeating: 7, count: 40_000)
        let entries = ["/a/x/", "/b/x/"].map { Sample.entry($0, body: tier.stored(body)) }
        for entry in entries { #expect(tier.insert(entry)) }
        let (first, second) = (held(tier, "/a/") ?? 0, held(tier, "/b/") ?? 0)
        #expect(first > 40_000 && second < 40_000)
        tier.remove(entries[0])
        #expect(held(tier, "/a/") == 0)
        #expect(held(tier, "/b/") == first)
        #expect(tier.figures.bytes == first)
    }

    @Test("a tenant whose share of a body grows gives up others of its own to stay below its ceiling")
    func sharedBodyAtCeiling() {
        let tier = MemoryTier(
            limit: 4 << 20, shards: 1, tenants: [Self.tenant("/a/", floor: 1), Self.tenant("/b/", ceiling: 50_000)])
        let body = ByteBuffer(repeating: 7, count: 40_000)
        let entries = ["/a/x/", "/b/x/"].map { Sample.entry($0, body: tier.stored(body)) }
        for entry in entries { #expect(tier.insert(entry)) }
        for name in 0..<30 { tier.open("/b/\(name)/", bytes: 1_000) }
        for name in 0..<30 { tier.open("/c/\(name)/", bytes: 1_000) }
        tier.remove(entries[0])
        #expect((held(tier, "/b/") ?? .max) <= 50_000)
        for name in 0..<30 { #expect(tier.find("/c/\(name)/") != nil) }
    }

    @Test("many threads together never pass a tenant's ceiling", arguments: [1, 4])
    func concurrency(shards: Int) async {
        let ceiling = 32 << 10
        let tier = MemoryTier(
            limit: 256 << 10, shards: shards,
            tenants: [Self.tenant("/a/", ceiling: ceiling), Self.tenant("/b/", floor: 32 << 10)])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 as Range<UInt64> {
                group.addTask {
                    var generator = SeededGenerator(seed: task)
                    for _ in 0..<3_000 {
                        let root = Bool.random(using: &generator) ? "/a/" : "/b/"
                        let name = root + "\(Int.random(in: 0..<200, using: &generator))/"
                        if let found = tier.find(name) {
                            if Int.random(in: 0..<8, using: &generator) == 0 { tier.remove(found) }
                        } else {
                            tier.insert(Sample.entry(name, bytes: Int.random(in: 1...3_000, using: &generator)))
                        }
                    }
                }
            }
        }
        #expect(held(tier, "/a/") == sum(tier, "/a/"))
        #expect(held(tier, "/b/") == sum(tier, "/b/"))
        #expect((held(tier, "/a/") ?? .max) <= ceiling)
        #expect(tier.figures.bytes <= tier.limit)
    }
}
