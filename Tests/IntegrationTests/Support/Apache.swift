import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Apache with mod_dav over a tree of its own.
struct Apache: Sendable {
    let process: ServerProcess
    let probe: Probe
    let root: String
    private let accessLog: String

    var url: String { probe.base }

    fileprivate init(process: ServerProcess, probe: Probe, root: String, accessLog: String) {
        self.process = process
        self.probe = probe
        self.root = root
        self.accessLog = accessLog
    }

    /// How many requests of this method it has served. Apache logs a request after its answer: a marker of our own,
    /// waited for, proves that the log is complete.
    func count(_ method: String) async throws -> Int {
        let marker = "/marker-\(UInt64.random(in: 0...UInt64.max))"
        _ = try await probe.send("GET", marker)
        var lines: [Substring] = []
        try await eventually("Apache has logged") {
            let text = String(decoding: FileManager.default.contents(atPath: accessLog) ?? Data(), as: UTF8.self)
            lines = text.split(separator: "\n")
            return lines.contains { $0.contains(marker) }
        }
        return lines.count { $0.hasPrefix(method + " ") }
    }
}

extension Stage {
    func apache(_ tree: Tree = .small) async throws -> Apache {
        let home = try folder.makeFolder("apache-\(UInt32.random(in: 0...UInt32.max))")
        let root = home + "/tree"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try tree.build(at: root)
        let port = try freePort()
        let configuration = """
            ServerRoot \(home)
            ServerName 127.0.0.1
            Listen 127.0.0.1:\(port)
            PidFile \(home)/pid
            DefaultRuntimeDir \(home)
            ErrorLog \(home)/error.log
            LogFormat "%m %U %>s" short
            CustomLog \(home)/access.log short
            LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
            LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
            LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
            LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
            LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so
            LoadModule dav_fs_module /usr/lib/apache2/modules/mod_dav_fs.so
            \(getuid() == 0 ? "User www-data\nGroup www-data" : "")
            TypesConfig /etc/mime.types
            StartServers 1
            ThreadsPerChild 25
            MaxRequestWorkers 100
            KeepAlive On
            MaxKeepAliveRequests 0
            DavLockDB \(home)/locks
            DocumentRoot \(root)
            <Directory \(root)>
                Dav On
                DirectoryIndex disabled
                Require all granted
            </Directory>
            """
        let file = home + "/httpd.conf"
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: file))
        let process = try start("apache2", Programs.installed("apache2"), ["-f", file, "-DFOREGROUND"])
        let probe = Probe(base: "http://127.0.0.1:\(port)")
        try await eventually("Apache answers") {
            guard process.isRunning else { throw TimedOut(description: process.transcript) }
            return try await probe.send("OPTIONS", "/").status == 200
        }
        return Apache(process: process, probe: probe, root: root, accessLog: home + "/access.log")
    }
}
