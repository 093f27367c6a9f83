import Synchronization
import Testing

@testable import RiffleCache

/// What threads did to one key of a cache and when, on a clock that ticks with every event; see ``complaint()``.
struct KeyHistory {
    enum Action: Equatable {
        case insert(version: UInt64, stored: Bool)
        case remove(version: UInt64)
        /// Nil found nothing.
        case find(version: UInt64?)
    }

    struct Event {
        var began: Int
        var ended: Int
        var action: Action
    }

    var events: [Event] = []
    /// Whether the cache may forget by itself.
    var mayForget: Bool

    /// The first find that no order of the overlapping actions explains; nil when each has one. O(n²).
    func complaint() -> String? {
        for find in events {
            guard case .find(let version) = find.action else { continue }
            if let version {
                if let why = objection(to: version, find) { return "found \(version) in \(find), \(why)" }
            } else if !mayForget, let kept = unexplainedMiss(find) {
                return "found nothing in \(find), though \(kept) was stored and nobody had removed it"
            }
        }
        return nil
    }

    private func objection(to version: UInt64, _ find: Event) -> String? {
        guard let source = events.first(where: { $0.action == .insert(version: version, stored: true) }),
            source.began < find.ended
        else { return "which nobody had stored" }
        for event in events where event.ended < find.began {
            switch event.action {
            case .remove(version): return "removed before by \(event)"
            case .insert(let other, _) where other != version && event.began > source.ended:
                return "replaced before by \(event)"
            default: continue
            }
        }
        return nil
    }

    private func unexplainedMiss(_ find: Event) -> Event? {
        events.first { source in
            guard case .insert(_, true) = source.action, source.ended < find.began else { return false }
            return !events.contains { event in
                guard case .remove = event.action else { return false }
                return event.ended > source.began && event.began < find.ended
            }
        }
    }
}

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

    @Test(
        "a find returns the last insert or one that overlaps it, never an older or removed one",
        arguments: 0..<8 as Range<UInt64>)
    func roomy(seed: UInt64) async {
        for history in await histories(limit: 4 << 20, bytes: 200, seed: seed) { #expect(history.complaint() == nil) }
    }

    @Test("nor does it when entries push each other out", arguments: 0..<8 as Range<UInt64>)
    func tight(seed: UInt64) async {
        for history in await histories(limit: 8 << 10, bytes: 1_500, seed: seed) {
            #expect(history.complaint() == nil)
        }
    }

    @Test("the check itself sees stale, removed, invented and lost entries")
    func checker() {
        func history(_ actions: [KeyHistory.Action]) -> KeyHistory {
            KeyHistory(
                events: actions.enumerated().map { .init(began: $0 * 2, ended: $0 * 2 + 1, action: $1) },
                mayForget: false)
        }
        let one = KeyHistory.Action.insert(version: 1, stored: true)
        #expect(history([one, .find(version: 1)]).complaint() == nil)
        #expect(history([one, .remove(version: 1), .find(version: nil)]).complaint() == nil)
        #expect(history([one, .insert(version: 2, stored: true), .find(version: 1)]).complaint() != nil)
        #expect(history([one, .insert(version: 2, stored: false), .find(version: 1)]).complaint() != nil)
        #expect(history([one, .remove(version: 1), .find(version: 1)]).complaint() != nil)
        #expect(history([.find(version: 1), one]).complaint() != nil)
        #expect(history([one, .find(version: nil)]).complaint() != nil)
    }
}

/// Numbers in the order they were asked for, over all threads.
private final class Ticks: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.add(1, ordering: .sequentiallyConsistent).newValue }
}
