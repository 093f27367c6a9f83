import Foundation
import Testing

/// `RIFFLE_TEST_SEED` replays a history, `RIFFLE_TEST_STEPS` lengthens it: `make test-history` walks 100,000 steps.
@Suite("Any history of three users through two riffles", .serialized, .showingServers, .timeLimit(.minutes(60)))
struct PropertyTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["RIFFLE_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)
    private static let steps = environment["RIFFLE_TEST_STEPS"].flatMap { Int($0) } ?? 1_600
    /// Histories at once: each is a sequence, and what the others do must not matter.
    private static let lanes = 4

    private static let users = """
        user alice token=alice
        allow /
        user bob token=bob
        allow /
        user carol token=carol
        read /
        """

    @Test("reads after every answered write what the origin would have answered, byte for byte")
    func reads() async throws {
        print("any history: RIFFLE_TEST_SEED=\(Self.seed) RIFFLE_TEST_STEPS=\(Self.steps)")
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.empty, users: Self.users)
            let redis = try await stage.redis()
            let riffles = [
                try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav").probe,
                try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav").probe,
            ]
            let lane = HistoryLane(
                origin: origin.probe, riffles: riffles, users: ["alice", "bob", "carol"].map { "Bearer \($0)" })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<Self.lanes {
                    group.addTask { try await walk(lane, seed: Self.seed &+ UInt64(index)) }
                }
                try await group.waitForAll()
            }
        }
    }

    private func walk(_ lane: HistoryLane, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let history = (0..<Self.steps / Self.lanes).map { _ in
            HistoryStep.random(&random, users: lane.users.count, riffles: lane.riffles.count)
        }
        guard let found = try await lane.run(history) else { return }
        let failing = Array(history.prefix(found.index + 1))
        let shrunk = try await lane.shrink(failing)
        Issue.record(
            """
            seed \(Self.seed), step \(found.index) of lane \(seed &- Self.seed): a read differs
            seen     \(found.seen)
            instead  \(found.real)
            after, shrunk from \(failing.count) to \(shrunk.count) steps,
            \(shrunk.suffix(60).map(\.description).joined(separator: "\n"))
            """)
    }
}
