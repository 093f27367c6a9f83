import RiffleBench
import RiffleTelemetry
import Testing

@testable import RiffleProxy

/// Riffle under its own load generator, whose TLS and HTTP/2 share no code with the listener's.
@Suite("The load generator")
struct GeneratedLoadTests {
    struct Way: Sendable, CustomTestStringConvertible {
        var version: RequestSet.Version
        var isSecure: Bool
        var testDescription: String { "HTTP/\(version.rawValue)" + (isSecure ? " over TLS" : "") }
    }

    static let ways = RequestSet.Version.allCases.flatMap {
        [Way(version: $0, isSecure: false), Way(version: $0, isSecure: true)]
    }

    @Test("opens folders in every version, plain and over TLS, each user in a partition of its own", arguments: ways)
    func opens(way: Way) async throws {
        let files = try TestCertificates()
        try files.make("a", for: "localhost")
        try await RunningRiffle.run({ settings in
            guard way.isSecure else { return }
            files.turnOn(&settings)
        }) { riffle in
            let target = try Target(url: "\(way.isSecure ? "https" : "http")://127.0.0.1:\(riffle.port)/")
            var requests = try RequestSet(
                authority: target.authority, headers: ["Depth: 1"], users: Users.pattern("user{n}:secret", count: 2),
                body: Array("<propfind xmlns=\"DAV:\"><allprop/></propfind>".utf8), version: way.version,
                secure: way.isSecure)
            try requests.add(method: "PROPFIND", target: "/")
            try requests.add(method: "PROPFIND", target: "/sub/")
            var plan = LoadPlan(
                address: try target.resolve(), requests: requests, workload: .uniform, pace: .closed(think: 0))
            if way.isSecure {
                plan.tls = try TLSContext(
                    host: target.bareHost, trust: .authority(file: files.path("a.pem")), version: way.version)
            }
            plan.connections = 2
            plan.streams = 5
            plan.limit = 400
            let seen = try await Self.run(plan).recorder
            #expect(seen.errors == 0)
            #expect(seen.answered >= 400)
            let outcomes = Dictionary(uniqueKeysWithValues: seen.rows.map { ($0.label.row, $0.count) })
            // Two folders, two users: nobody is answered from what another has opened.
            #expect((outcomes["miss"] ?? 0) + (outcomes["collapsed"] ?? 0) >= 4)
            #expect((outcomes["hit memory"] ?? 0) > 300)
        }
    }

    @Test("believes no certificate that nobody vouches for")
    func strangers() async throws {
        let files = try TestCertificates()
        try files.make("a", for: "localhost")
        try await RunningRiffle.run({ files.turnOn(&$0) }) { riffle in
            let target = try Target(url: "https://127.0.0.1:\(riffle.port)/")
            var requests = try RequestSet(authority: target.authority, headers: [], secure: true)
            try requests.add(method: "GET", target: "/")
            var plan = LoadPlan(
                address: try target.resolve(), requests: requests, workload: .list, pace: .closed(think: 0))
            plan.tls = try TLSContext(host: target.bareHost, trust: .system, version: .http1)
            plan.connections = 1
            plan.duration = 300_000_000
            let seen = try await Self.run(plan).recorder
            #expect(seen.answered == 0)
            #expect(seen.failures[Recorder.Failure.tls.rawValue] > 0)
        }
    }

    /// On a thread of its own: a run blocks until it is over.
    private static func run(_ plan: LoadPlan) async throws -> LoadRun.Result {
        try await withCheckedThrowingContinuation { continuation in
            _ = OSThread { continuation.resume(with: Result { try LoadRun.run(plan) }) }
        }
    }
}
