import Testing

@testable import RiffleCache

/// What the memory tier keeps when it can't keep all.
@Suite struct WorthTests {
    /// A tier full of folders that each were opened several times.
    private func warmTier() -> (tier: MemoryTier, hot: [String]) {
        let tier = MemoryTier(limit: 64 << 10, shards: 1)
        let hot = (0..<40).map { "/hot\($0)/" }
        for _ in 0..<8 { for name in hot { tier.open(name, bytes: 500) } }
        return (tier, hot)
    }

    @Test("a crawler that opens everything once pushes out little, however much there is", arguments: [400, 4_000])
    func scan(folders: Int) {
        let (tier, hot) = warmTier()
        for number in 0..<folders { tier.open("/crawled\(number)/", bytes: 500) }
        let kept = hot.count { tier.find($0) != nil }
        #expect(kept >= hot.count * 8 / 10)
    }

    @Test("prefetched entries that nobody opened don't push out what people open")
    func prefetched() {
        let (tier, hot) = warmTier()
        for number in 0..<400 { tier.insert(Sample.entry("/guess\(number)/", bytes: 500, prefetched: true)) }
        let kept = hot.count { tier.find($0) != nil }
        #expect(kept >= hot.count * 9 / 10)
    }

    @Test("a new crowd takes over from an old one")
    func oldFameFades() {
        let (tier, _) = warmTier()
        let new = (0..<60).map { "/new\($0)/" }
        for _ in 0..<30 { for name in new { tier.open(name, bytes: 500) } }
        let kept = new.count { tier.find($0) != nil }
        #expect(kept >= new.count * 9 / 10)
    }

    /// No room at all beside folders that were opened a hundred times.
    private func fullHouse() -> (tier: MemoryTier, old: [String]) {
        let tier = MemoryTier(limit: 32 << 10, shards: 1)
        let old = (0..<30).map { "/old\($0)/" }
        for _ in 0..<100 { for name in old { tier.open(name, bytes: 900) } }
        return (tier, old)
    }

    @Test("a house full of old fame gives way too, though no newcomer was ever opened as often")
    func refusalsAge() {
        let (tier, _) = fullHouse()
        let new = (0..<20).map { "/new\($0)/" }
        for _ in 0..<100 { for name in new { tier.open(name, bytes: 900) } }
        #expect(new.count { tier.find($0) != nil } >= new.count * 9 / 10)
    }

    /// Over several tiers: what is pushed out is drawn at random, and one draw in some hundred is far from the rest.
    @Test("a crawler at ten times the pace of people pushes out its own folders, not a full house of theirs")
    func crawledFullHouse() {
        let houses = 8
        var hits = 0
        for _ in 0..<houses {
            let (tier, old) = fullHouse()
            for number in 0..<4_000 {
                tier.open("/crawled\(number)/", bytes: 900)
                if number % 10 == 0, tier.open(old[number / 10 % old.count], bytes: 900) { hits += 1 }
            }
        }
        #expect(hits >= houses * 400 * 9 / 10)
    }

    @Test("prefetches that are refused don't wear a full house down")
    func refusedPrefetches() {
        let (tier, old) = fullHouse()
        for number in 0..<2_000 { tier.insert(Sample.entry("/guess\(number)/", bytes: 900, prefetched: true)) }
        #expect(old.count { tier.find($0) != nil } >= old.count - 4)
    }

    @Test("of two opened alike, the slower origin's stays; a big slow root is worth its bytes")
    func missCost() {
        let tier = MemoryTier(limit: 64 << 10, shards: 1)
        let slow = (0..<20).map { "/slow\($0)/" }
        for _ in 0..<4 {
            for name in slow where tier.find(name) == nil {
                tier.insert(Sample.entry(name, bytes: 500, fillMilliseconds: 5_000))
            }
        }
        for _ in 0..<4 { for number in 0..<200 { tier.open("/fast\(number)/", bytes: 500) } }
        #expect(slow.allSatisfy { tier.find($0) != nil })
    }

    @Test("an entry refreshed in place keeps the worth its predecessor earned")
    func refresh() {
        let (tier, hot) = warmTier()
        for name in hot { tier.insert(Sample.entry(name, bytes: 500)) }
        for number in 0..<400 { tier.open("/crawled\(number)/", bytes: 500) }
        #expect(hot.count { tier.find($0) != nil } >= hot.count * 8 / 10)
    }

    @Test("a large listing that is opened often finds room among small ones opened as often")
    func large() {
        let tier = MemoryTier(limit: 24 << 10, shards: 1)
        for _ in 0..<60 {
            tier.open("/", bytes: 10_000)
            for number in 0..<8 { tier.open("/small\(number)/", bytes: 500) }
        }
        #expect(tier.find("/") != nil)
    }

    @Test("a large newcomer that is refused moves nobody")
    func refused() {
        let (tier, _) = warmTier()
        let before = tier.figures
        #expect(!tier.insert(Sample.entry("/large/", bytes: 40_000)))
        #expect(tier.figures == before)
    }
}
