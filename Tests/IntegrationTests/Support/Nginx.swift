import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// nginx with `autoindex_format json` over a tree of its own.
struct Nginx: Sendable {
    let process: ServerProcess
    let probe: Probe
    let root: String
    private let home: String

    var url: String { probe.base }

    fileprivate init(process: ServerProcess, probe: Probe, root: String, home: String) {
        self.process = process
        self.probe = probe
        self.root = root
        self.home = home
    }

    /// How many requests of this path it has served; nginx logs without a buffer, a marker proves it complete.
    func count(_ path: String) async throws -> Int {
        let marker = "/marker-\(UInt64.random(in: 0...UInt64.max))"
        _ = try await probe.send("GET", marker)
        var lines: [Substring] = []
        try await eventually("nginx has logged") {
            let text = String(
                decoding: FileManager.default.contents(atPath: home + "/access.log") ?? Data(), as: UTF8.self)
            lines = text.split(separator: "\n")
            return lines.contains { $0.contains(marker) }
        }
        return lines.count { $0 == path[...] }
    }
}

extension Stage {
    func nginx(_ tree: Tree = .small) async throws -> Nginx {
        let home = try folder.makeFolder("nginx")
        let root = home + "/tree"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try tree.build(at: root)
        let port = try freePort()
        let configuration = """
            daemon off;
            pid \(home)/pid;
            error_log \(home)/error.log;
            worker_processes 1;
            \(getuid() == 0 ? "user root;" : "")
            events { worker_connections 256; }
            http {
                log_format short escape=none '$uri';
                access_log \(home)/access.log short;
                client_body_temp_path \(home)/body;
                proxy_temp_path \(home)/proxy;
                fastcgi_temp_path \(home)/fastcgi;
                uwsgi_temp_path \(home)/uwsgi;
                scgi_temp_path \(home)/scgi;
                server {
                    listen 127.0.0.1:\(port);
                    root \(root);
                    location / { autoindex on; autoindex_format json; }
                }
            }
            """
        let file = home + "/nginx.conf"
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: file))
        let process = try start(
            "nginx", Programs.installed("nginx"), ["-c", file, "-p", home, "-e", home + "/error.log"])
        let probe = Probe(base: "http://127.0.0.1:\(port)")
        try await eventually("nginx answers") {
            guard process.isRunning else { throw TimedOut(description: process.transcript) }
            return try await probe.send("GET", "/").status == 200
        }
        return Nginx(process: process, probe: probe, root: root, home: home)
    }
}
