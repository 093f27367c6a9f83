import Testing

@testable import RifflePrefetch

/// Feeds a predictor visits without spelling out bytes and clocks.
private struct Walker {
    var predictor: Predictor
    var time: Int64 = 1_000
    var listings: [String: [String]] = [:]

    init(lifetime: Int64 = 60_000, limits: PredictorLimits = PredictorLimits()) {
        predictor = Predictor(lifetime: lifetime, limits: limits)
    }

    @discardableResult
    mutating func open(_ path: String, by visitor: UInt64 = 1, audience: UInt64 = 7, after wait: Int64 = 1_000)
        -> [String: Double]
    {
        time += wait
        let visit = Visit(time: time, visitor: visitor, audience: audience, path: Array(path.utf8))
        let children = listings[path].map { $0.map { Array($0.utf8) } }
        return predictor.visited(visit, children: children).reduce(into: [:]) {
            $0[String(decoding: $1.path, as: UTF8.self)] = $1.probability
        }
    }

    /// One visit of another person hours later: what is cached has expired, and sessions have ended.
    mutating func walk(_ paths: [String], by visitor: UInt64) {
        time += 7_200_000
        for path in paths { open(path, by: visitor) }
    }
}

@Suite struct PredictorTests {
    @Test("a move that everybody makes is likely for somebody new")
    func learnsMoves() {
        var walker = Walker()
        for visitor in 10..<40 as Range<UInt64> { walker.walk(["/a/", "/x/y/"], by: visitor) }
        walker.time += 7_200_000
        let next = walker.open("/a/", by: 99)
        #expect((next["/x/y/"] ?? 0) > 0.6)
    }

    @Test("the step before tells two ways apart")
    func orderTwo() {
        var walker = Walker()
        for visitor in 10..<50 as Range<UInt64> {
            walker.walk(["/from1/", "/hub/", "/to1/"], by: visitor)
            walker.walk(["/from2/", "/hub/", "/to2/"], by: visitor + 1_000)
        }
        walker.time += 7_200_000
        walker.open("/from1/", by: 99)
        let next = walker.open("/hub/", by: 99)
        #expect((next["/to1/"] ?? 0) > (next["/to2/"] ?? 0))
    }

    @Test("a visitor's own habit outweighs what others do")
    func ownHabit() {
        var walker = Walker()
        for round in 0..<30 as Range<UInt64> {
            walker.walk(["/start/", "/crowd/"], by: 100 + round)
            walker.walk(["/start/", "/mine/"], by: 5)
        }
        walker.time += 7_200_000
        let mine = walker.open("/start/", by: 5)
        #expect((mine["/mine/"] ?? 0) > (mine["/crowd/"] ?? 0))
    }

    @Test("steps further apart than the window are no move")
    func window() {
        var walker = Walker()
        for _ in 0..<20 {
            walker.open("/a/", after: 7_200_000)
            walker.open("/b/", after: 7_200_000)
        }
        let next = walker.open("/a/", by: 99, after: 7_200_000)
        #expect((next["/b/"] ?? 0) < 0.2)
    }

    @Test("children of the listing are candidates before any was ever opened")
    func children() {
        var walker = Walker()
        walker.listings["/"] = ["/a/", "/b/", "/c/"]
        let next = walker.open("/")
        #expect(Set(next.keys) == ["/a/", "/b/", "/c/"])
    }

    @Test("who reads a listing downwards finds the next siblings likely")
    func siblings() {
        var walker = Walker()
        let names = (0..<12).map { "/list/\($0 + 10)/" }
        walker.listings["/list/"] = names
        for visitor in 10..<30 as Range<UInt64> { walker.walk(["/list/"] + names, by: visitor) }
        // A second listing nobody has read teaches by likeness alone.
        let others = (0..<12).map { "/other/\($0 + 10)/" }
        walker.listings["/other/"] = others
        walker.walk(["/other/", others[0], others[1]], by: 99)
        let next = walker.open(others[2], by: 99)
        // All that follow are opened within a lifetime, so some may be as likely, but none likelier.
        #expect(next[others[3]] == next.values.max())
        #expect((next[others[3]] ?? 0) > 0.3)
    }

    @Test("what the same audience opened within the lifetime is left out, what another opened is not")
    func leavesOutCached() {
        var walker = Walker()
        walker.listings["/"] = ["/a/", "/b/"]
        walker.open("/a/", by: 1, audience: 7)
        #expect(walker.open("/", by: 2, audience: 7)["/a/"] == nil)
        #expect(walker.open("/", by: 3, audience: 8)["/a/"] != nil)
    }

    @Test("candidates that never come true sink")
    func feedback() {
        var walker = Walker()
        walker.listings["/"] = (0..<10).map { "/c\($0)/" }
        let before = walker.open("/", by: 1)["/c0/"] ?? 0
        for visitor in 10..<200 as Range<UInt64> { walker.walk(["/"], by: visitor) }
        let after = walker.open("/", by: 9_999, after: 7_200_000)["/c0/"] ?? 0
        #expect(after < before / 2)
    }

    @Test("candidates come best first, none twice, and never the folder itself")
    func order() {
        var predictor = Predictor()
        var generator = SeededGenerator(seed: 11)
        for step in 0..<2_000 as Range<Int64> {
            let path = Array("/\(Int.random(in: 0..<9, using: &generator))/".utf8)
            let visit = Visit(time: step * 400_000, visitor: UInt64(step / 10), audience: 1, path: path)
            let next = predictor.visited(visit, children: nil)
            #expect(zip(next, next.dropFirst()).allSatisfy { $0.probability >= $1.probability })
            #expect(Set(next.map(\.path)).count == next.count)
            #expect(!next.contains { $0.path == path })
            #expect(next.allSatisfy { (0...1).contains($0.probability) })
        }
    }

    @Test("a flood of folders, visitors and children stays within the bounds")
    func bounded() {
        var limits = PredictorLimits()
        limits.folders = 64
        limits.pairs = 64
        limits.habits = 64
        limits.visitors = 64
        limits.opens = 64
        limits.pending = 128
        limits.children = 8
        var predictor = Predictor(lifetime: 1_000, limits: limits)
        for step in 0..<20_000 as Range<Int64> {
            let path = Array("/flood\(step)/".utf8)
            let children = (0..<20).map { Array("/flood\(step)/\($0)/".utf8) }
            let visit = Visit(time: step, visitor: UInt64(step % 500), audience: 1, path: path)
            #expect(predictor.visited(visit, children: children).count <= limits.returned)
        }
        #expect(predictor.folderCapacity == 64)
    }

    @Test(
        "odd paths and times do no harm",
        arguments: [[], [0x2f], [0x2f, 0x2f], [0xff, 0x2f], Array(repeating: 0x2f, count: 300)] as [[UInt8]])
    func oddInput(path: [UInt8]) {
        var predictor = Predictor(lifetime: 0)
        for time in [Int64.min / 4, -5, 0, 0, 5, 4, Int64.max / 4] {
            _ = predictor.visited(
                Visit(time: time, visitor: 0, audience: 0, path: path), children: [path, path + [0x2f]])
        }
    }
}
