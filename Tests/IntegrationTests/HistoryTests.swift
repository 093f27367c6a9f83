import Foundation
import Testing

/// Random numbers from a seed that a failed test prints.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// `RIFFLE_TEST_SEED` replays a history, `RIFFLE_TEST_STEPS` lengthens it.
@Suite("A random history of reads and writes", .serialized, .showingServers, .timeLimit(.minutes(10)))
struct HistoryTests {
    enum Server: String, CaseIterable, Sendable { case apache, slowOrigin }

    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["RIFFLE_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)
    private static let steps = environment["RIFFLE_TEST_STEPS"].flatMap { Int($0) } ?? 250

    /// Few names, so that histories meet.
    private static let folders = ["/", "/a/", "/b/", "/a/x/", "/a/y/", "/b/x/", "/a/x/z/"]
    private static let files = ["one.txt", "two.txt", "d%20%25.txt"]

    private static let proppatch = """
        <?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:T="urn:test"><D:set><D:prop><T:n>1</T:n></D:prop>\
        </D:set></D:propertyupdate>
        """

    struct Step: CustomStringConvertible {
        let method: String
        let path: String
        var destination: String?
        var body: String?

        var description: String { "\(method) \(path)" + (destination.map { " → \($0)" } ?? "") }

        static func random(_ random: inout SeededGenerator) -> Step {
            func folder(_ random: inout SeededGenerator) -> String {
                HistoryTests.folders.randomElement(using: &random) ?? "/"
            }
            func file(_ random: inout SeededGenerator) -> String {
                folder(&random) + (HistoryTests.files.randomElement(using: &random) ?? "f")
            }
            func below(_ random: inout SeededGenerator) -> String {
                HistoryTests.folders.dropFirst().randomElement(using: &random) ?? "/a/"
            }
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<5:
                let body = String(repeating: "x", count: Int.random(in: 0..<300, using: &random))
                return Step(method: "PUT", path: file(&random), body: body)
            case 5..<9: return Step(method: "MKCOL", path: below(&random))
            case 9..<11: return Step(method: "DELETE", path: file(&random))
            case 11..<13: return Step(method: "DELETE", path: below(&random))
            case 13, 14: return Step(method: "MOVE", path: file(&random), destination: file(&random))
            case 15: return Step(method: "MOVE", path: below(&random), destination: below(&random))
            case 16: return Step(method: "COPY", path: file(&random), destination: file(&random))
            case 17: return Step(method: "COPY", path: below(&random), destination: below(&random))
            case 18: return Step(method: "PROPPATCH", path: file(&random), body: HistoryTests.proppatch)
            default: return Step(method: "PROPPATCH", path: below(&random), body: HistoryTests.proppatch)
            }
        }

        func send(_ probe: Probe) async throws -> Int {
            var fields: [String: String] = [:]
            if let destination { fields["Destination"] = probe.base + destination }
            if method == "PROPPATCH" { fields["Content-Type"] = "application/xml" }
            return try await probe.send(method, path, fields, body: body ?? "").status
        }
    }

    @Test(
        "shows after every answered write what the origin shows, through two riffles on one Redis",
        arguments: Server.allCases)
    func sequential(server: Server) async throws {
        print("history over \(server.rawValue): RIFFLE_TEST_SEED=\(Self.seed)")
        try await onStage { stage in
            let origin = try await server == .apache ? stage.apache(.empty).probe : stage.slowOrigin(.empty).probe
            let redis = try await stage.redis()
            let riffles = [
                try await stage.riffle(before: origin.base, redis: redis.url, dialect: "webdav"),
                try await stage.riffle(before: origin.base, redis: redis.url, dialect: "webdav"),
            ]
            var random = SeededGenerator(seed: Self.seed)
            var history: [String] = []
            for _ in 0..<Self.steps {
                let step = Step.random(&random)
                let writer = Int.random(in: 0..<riffles.count, using: &random)
                let status = try await step.send(riffles[writer].probe)
                history.append("\(writer): \(step) = \(status)")
                // Three readers look at a few folders each, through whichever riffle.
                for _ in 0..<3 {
                    let folder = Self.folders.randomElement(using: &random) ?? "/"
                    let reader = Int.random(in: 0..<riffles.count, using: &random)
                    let answer = try await riffles[reader].probe.open(folder)
                    let seen = try Listing(answer)
                    let real = try await origin.listing(folder)
                    guard seen.status == real.status, seen.essence == real.essence else {
                        Issue.record(
                            """
                            seed \(Self.seed): \(folder) through riffle \(reader) (\(answer["cache-status"] ?? "-"))
                            shows    \(seen)
                            instead  \(real)
                            after
                            \(history.suffix(40).joined(separator: "\n"))
                            """)
                        return
                    }
                }
            }
        }
    }

    @Test("of three clients at once leaves no riffle with anything old")
    func concurrent() async throws {
        print("history at once: RIFFLE_TEST_SEED=\(Self.seed)")
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.empty, latency: "lognormal:p50=3ms,p99=30ms").probe
            let redis = try await stage.redis()
            let riffles = [
                try await stage.riffle(before: origin.base, redis: redis.url, dialect: "webdav"),
                try await stage.riffle(before: origin.base, redis: redis.url, dialect: "webdav"),
            ]
            for round in 0..<max(1, Self.steps / 30) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<3 {
                        group.addTask {
                            var random = SeededGenerator(seed: Self.seed &+ UInt64(round * 3 + client))
                            for _ in 0..<10 {
                                let riffle = riffles[Int.random(in: 0..<riffles.count, using: &random)]
                                _ = try await Step.random(&random).send(riffle.probe)
                                _ = try await riffle.probe.open(Self.folders.randomElement(using: &random) ?? "/")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                for folder in Self.folders {
                    let real = try await origin.listing(folder)
                    for (index, riffle) in riffles.enumerated() {
                        let answer = try await riffle.probe.open(folder)
                        let seen = try Listing(answer)
                        #expect(
                            seen.status == real.status && seen.essence == real.essence,
                            """
                            seed \(Self.seed), round \(round): \(folder) through riffle \(index) \
                            (\(answer["cache-status"] ?? "-"))\nshows    \(seen)\ninstead  \(real)
                            """)
                    }
                }
            }
        }
    }
}
