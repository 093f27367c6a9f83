import Testing

@testable import RifflePrefetch

@Suite struct PrefetchQueueTests {
    private typealias Queue = PrefetchQueue<String, Int>

    private func queue(_ items: [(String, Double)], capacity: Int = 256) -> Queue {
        var queue = Queue(capacity: capacity)
        for (name, probability) in items {
            _ = queue.offer(.init(name: name, probability: probability, deadline: 100, job: 0))
        }
        return queue
    }

    private func drain(_ queue: Queue, at time: Int64 = 0) -> [String] {
        var queue = queue
        var names: [String] = []
        while let item = queue.next(at: time) { names.append(item.name) }
        return names
    }

    @Test("the likeliest leaves first")
    func priority() {
        #expect(drain(queue([("b", 0.5), ("c", 0.2), ("a", 0.9)])) == ["a", "b", "c"])
    }

    @Test("a name waits once, with the higher probability and the later deadline")
    func duplicates() {
        var queue = queue([("a", 0.3), ("b", 0.5)])
        #expect(queue.offer(.init(name: "a", probability: 0.9, deadline: 500, job: 0)) == .merged)
        #expect(queue.offer(.init(name: "a", probability: 0.1, deadline: 50, job: 0)) == .merged)
        #expect(queue.count == 2)
        #expect(queue.next(at: 400)?.name == "a")
    }

    @Test("a full queue gives up its least likely, or refuses the newcomer")
    func bounded() {
        var queue = queue([("a", 0.3), ("b", 0.5)], capacity: 2)
        #expect(queue.offer(.init(name: "c", probability: 0.2, deadline: 100, job: 0)) == .refused)
        #expect(queue.offer(.init(name: "d", probability: 0.4, deadline: 100, job: 0)) == .queued)
        #expect(drain(queue) == ["b", "d"])
    }

    @Test("what is out of time is dropped")
    func deadline() {
        let queue = queue([("a", 0.3), ("b", 0.5)])
        #expect(drain(queue, at: 99) == ["b", "a"])
        #expect(drain(queue, at: 100).isEmpty)
    }

    @Test("what doesn't reach the bar stays and waits")
    func bar() {
        var queue = queue([("a", 0.3)])
        #expect(queue.next(at: 0, least: 0.4) == nil)
        #expect(queue.count == 1)
        #expect(queue.next(at: 0, least: 0.3) != nil)
    }

    @Test("a demand takes its name out of the queue, once")
    func promote() {
        var queue = queue([("a", 0.3), ("b", 0.3), ("c", 0.3)])
        #expect(queue.promote("b")?.name == "b")
        #expect(queue.promote("b") == nil)
        #expect(Set(drain(queue)) == ["a", "c"])
    }

    @Test("against a plain model: same names, best first", arguments: 0..<20 as Range<UInt64>)
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = Queue(capacity: 1_000)
        var model: [String: Double] = [:]
        for _ in 0..<500 {
            let name = "n\(Int.random(in: 0..<60, using: &generator))"
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                #expect((queue.promote(name) != nil) == (model.removeValue(forKey: name) != nil))
            case 1:
                let best = queue.next(at: 0)
                #expect(best?.probability == model.values.max())
                if let best { model[best.name] = nil }
            default:
                let probability = Double(Int.random(in: 0..<10, using: &generator)) / 10
                _ = queue.offer(.init(name: name, probability: probability, deadline: 1, job: 0))
                model[name] = max(model[name] ?? 0, probability)
            }
            #expect(queue.count == model.count)
        }
    }
}
