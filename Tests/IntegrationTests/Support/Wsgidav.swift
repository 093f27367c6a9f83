import Foundation

/// wsgidav, a WebDAV server in Python, over a tree of its own.
struct Wsgidav: Sendable {
    let process: ServerProcess
    let probe: Probe
    let root: String
}

extension Stage {
    func wsgidav(_ tree: Tree = .small) async throws -> Wsgidav {
        let root = try folder.makeFolder("wsgidav-\(UInt32.random(in: 0...UInt32.max))")
        try tree.build(at: root)
        let port = try freePort()
        let process = try start(
            "wsgidav", Programs.python("wsgidav"),
            ["--no-config", "--host", "127.0.0.1", "--port", "\(port)", "--root", root, "--auth", "anonymous"])
        let probe = Probe(base: "http://127.0.0.1:\(port)")
        try await eventually("wsgidav answers") {
            guard process.isRunning else { throw TimedOut(description: process.transcript) }
            return try await probe.send("OPTIONS", "/").status == 200
        }
        return Wsgidav(process: process, probe: probe, root: root)
    }
}
