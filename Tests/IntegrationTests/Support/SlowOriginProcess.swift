import Foundation
import NIOCore

/// A running `slow-origin`.
struct SlowOriginProcess: Sendable {
    struct Counters: Decodable {
        let total: Int
        let byKind: [String: Int]
        let byPath: [String: [String: Int]]

        /// Listings asked for, by whichever method.
        var listings: Int {
            byKind.reduce(0) { $0 + ($1.key == "PROPFIND 1" || $1.key == "GET listing" ? $1.value : 0) }
        }
    }

    let process: ServerProcess
    let probe: Probe
    /// The served tree on disk.
    let root: String

    var url: String { probe.base }

    func counters() async throws -> Counters {
        let answer = try await probe.send("GET", "/-/counters")
        return try JSONDecoder().decode(Counters.self, from: Data(answer.body.readableBytesView))
    }

    func resetCounters() async throws { _ = try await probe.send("DELETE", "/-/counters") }

    /// `none` ends all faults.
    func setFaults(_ faults: String) async throws { try await control("/-/faults", faults) }
    func setLatency(_ latency: String) async throws { try await control("/-/latency", latency) }

    private func control(_ path: String, _ text: String) async throws {
        let answer = try await probe.send("POST", path, body: text)
        guard answer.status == 200 else { throw TimedOut(description: "\(path) \(text): \(answer.text)") }
    }
}

extension Stage {
    func slowOrigin(
        _ tree: Tree = .small, dialect: String = "webdav", latency: String = "none", users: String? = nil,
        options: [String] = []
    ) async throws -> SlowOriginProcess {
        let root = try folder.makeFolder("tree-\(UInt32.random(in: 0...UInt32.max))")
        try tree.build(at: root)
        var arguments =
            ["--root", root, "--listen", "127.0.0.1:0", "--dialect", dialect, "--latency", latency] + options
        if let users { arguments += ["--users", try folder.write(users, to: "users")] }
        return try await slowOrigin(arguments, root: root)
    }

    func slowOrigin(_ arguments: [String], root: String) async throws -> SlowOriginProcess {
        let process = try start("slow-origin", Programs.built("slow-origin"), arguments)
        let url = try await process.awaitOutput("says where it serves") { output in
            output.split(separator: "\n").first { $0.hasPrefix("slow-origin: serving ") }
                .flatMap { $0.split(separator: " ").last }.map(String.init)
        }
        return SlowOriginProcess(process: process, probe: Probe(base: Self.bare(url[...])), root: root)
    }
}
