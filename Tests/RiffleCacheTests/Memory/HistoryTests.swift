import Synchronization
import Testing

@testable import RiffleCache

@Suite struct HistoryTests {
    private static let keys = 6

    /// Three threads insert, find and remove the same few keys, and write down what they saw.
    private func histories(limit: Int, bytes: Int, seed: UInt64) async -> [KeyHistory] {
        let tier = MemoryTier(limit: limit, shards: 2)
        let mayForget = limit < 1 << 20
        let (clock, versions) = (Ticks(), Ticks())
        return await withTaskGroup(of: [[KeyHistory.Event]].self) { group in
            for thread in 0..<3 as Range<UInt64> {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &* 31 &+ thread)
                    var events = [[KeyHistory.Event]](repeating: [], count: Self.keys)
                    for _ in 0..<600 {
                        let number = Int.random(in: 0..<Self.keys, using: &generator)
                        let action = Int.random(in: 0..<6, using: &generator)
                        let fresh = Sample.entry("/\(number)/", bytes: bytes, generation: UInt64(versions.next()))
                        func record(_ began: Int, _ action: KeyHistory.Action) {
                            events[number].append(.init(began: began, ended: clock.next(), action: action))
                        }
                        let began = clock.next()
                        if action == 0 {
                            let stored = tier.insert(fresh)
                            record(began, .insert(version: fresh.generation.value, stored: stored))
                            continue
                        }
                        let found = tier.find("/\(number)/")
                        record(began, .find(version: found?.generation.value))
                        if action == 1, let found {
                            let began = clock.next()
                            tier.remove(found)
                            record(began, .remove(version: found.generation.value))
                        }
                    }
                    return events
                }
            }
            var all = [KeyHistory](repeating: KeyHistory(mayForget: mayForget), count: Self.keys)
            for await events in group {
                for key in 0..<Self.keys { all[key].events += events[key] }
            }
            return all
        }
    }

    @Test("what threads see of a key is linearizable", arguments: 0..<8 as Range<UInt64>)
    func roomy(seed: UInt64) async {
        for history in await histories(limit: 4 << 20, bytes: 200, seed: seed) { #expect(history.complaint() == nil) }
    }

    @Test("so it is when entries push each other out", arguments: 0..<8 as Range<UInt64>)
    func tight(seed: UInt64) async {
        for history in await histories(limit: 8 << 10, bytes: 1_500, seed: seed) {
            #expect(history.complaint() == nil)
        }
    }

    private static let one = KeyHistory.Action.insert(version: 1, stored: true)
    private static let two = KeyHistory.Action.insert(version: 2, stored: true)

    @Test("the check itself sees stale, removed, invented and lost entries")
    func checker() {
        func complaint(_ actions: [KeyHistory.Action], mayForget: Bool = false) -> String? {
            KeyHistory(
                events: actions.enumerated().map { .init(began: $0 * 2, ended: $0 * 2 + 1, action: $1) },
                mayForget: mayForget
            ).complaint()
        }
        #expect(complaint([Self.one, .find(version: 1)]) == nil)
        #expect(complaint([Self.one, .remove(version: 1), .find(version: nil)]) == nil)
        #expect(complaint([Self.one, Self.two, .remove(version: 1), .find(version: 2)]) == nil)
        #expect(complaint([Self.one, .find(version: nil)], mayForget: true) == nil)
        #expect(complaint([Self.one, .find(version: nil), .find(version: 1)], mayForget: true) != nil)
        #expect(complaint([Self.one, Self.two, .find(version: 1)]) != nil)
        #expect(complaint([Self.one, .insert(version: 2, stored: false), .find(version: 1)]) != nil)
        #expect(complaint([Self.one, .remove(version: 1), .find(version: 1)]) != nil)
        #expect(complaint([.find(version: 1), Self.one]) != nil)
        #expect(complaint([Self.one, .find(version: nil)]) != nil)
    }

    @Test("and two inserts at once that readers see in both orders")
    func flicker() {
        func complaint(_ finds: [UInt64]) -> String? {
            let inserts = [Self.one, Self.two].map { KeyHistory.Event(began: 0, ended: 100, action: $0) }
            let reads = finds.enumerated().map { index, version in
                KeyHistory.Event(began: 10 + index * 2, ended: 11 + index * 2, action: .find(version: version))
            }
            return KeyHistory(events: inserts + reads, mayForget: false).complaint()
        }
        #expect(complaint([1, 2]) == nil)
        #expect(complaint([2, 1]) == nil)
        #expect(complaint([2, 1, 2]) != nil)
    }
}

/// Numbers in the order they were asked for, over all threads.
private final class Ticks: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.add(1, ordering: .sequentiallyConsistent).newValue }
}
