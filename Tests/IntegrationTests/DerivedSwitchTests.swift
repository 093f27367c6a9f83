import Foundation
import Testing

@Suite(
    "Each kind of derived answer has a switch, and explain knows it", .serialized, .showingServers,
    .timeLimit(.minutes(3)))
struct DerivedSwitchTests {
    private static let row = Tree(
        entries: [("a/", "")] + (0..<6).flatMap { [("a/file-\($0)", "\($0)"), ("a/folder-\($0)/", "")] })

    /// One way of asking for what one switch is about.
    struct Way: Sendable, CustomTestStringConvertible {
        let setting: String
        let testDescription: String
        let method: String
        var depth = "0"
        let paths: [String]
        /// Lists each of them first, so that it is answered out of its own listing.
        var opensEach = false
    }

    private static let probes = [".DS_Store", "Thumbs.db", "desktop.ini", "._file-1", ".hidden", "autorun.inf"].map {
        "/a/" + $0
    }
    private static let ways = [
        Way(
            setting: "derived.depthZero", testDescription: "Depth: 0 of files", method: "PROPFIND",
            paths: (0..<6).map { "/a/file-\($0)" }),
        Way(
            setting: "derived.depthZero", testDescription: "Depth: 0 of folders", method: "PROPFIND",
            paths: (0..<6).map { "/a/folder-\($0)/" }),
        Way(
            setting: "derived.depthZero", testDescription: "Depth: 0 of the folder itself", method: "PROPFIND",
            paths: (0..<6).map { "/a/folder-\($0)/" }, opensEach: true),
        Way(
            setting: "derived.depthZero", testDescription: "Depth: 1 of files", method: "PROPFIND", depth: "1",
            paths: (0..<6).map { "/a/file-\($0)" }),
        Way(
            setting: "derived.absentNames", testDescription: "Depth: 0 of what is not there", method: "PROPFIND",
            paths: (0..<6).map { "/a/no-\($0)" }),
        Way(
            setting: "derived.absentNames", testDescription: "Depth: 1 of what is not there", method: "PROPFIND",
            depth: "1", paths: (0..<6).map { "/a/no-\($0)/" }),
        Way(setting: "derived.probeNames", testDescription: "GET of probes", method: "GET", paths: probes),
        Way(setting: "derived.probeNames", testDescription: "HEAD of probes", method: "HEAD", paths: probes),
        Way(setting: "derived.probeNames", testDescription: "Depth: 0 of probes", method: "PROPFIND", paths: probes),
    ]

    private func derived(_ way: Way, _ riffle: Probe) async throws -> Int {
        _ = try await riffle.open("/a/")
        var count = 0
        for path in way.paths {
            if way.opensEach { _ = try await riffle.open(path) }
            let answer =
                way.method == "PROPFIND"
                ? try await riffle.open(path, depth: way.depth) : try await riffle.send(way.method, path)
            if answer.cache?.detail == "derived" { count += 1 }
        }
        return count
    }

    @Test("off it derives nothing, on it does, and the others stay on", arguments: ways)
    func switches(way: Way) async throws {
        try await onStage { stage in
            let origin = try await stage.apache(Self.row)
            try await eventually("tags are strong") { try await !origin.probe.open("/a/").text.contains("W/") }
            let on = try await stage.riffle(before: origin.url, dialect: "webdav")
            let off = try await stage.riffle(before: origin.url, dialect: "webdav", set: [way.setting: "false"])
            #expect(try await derived(way, on.probe) > 0)
            #expect(try await derived(way, off.probe) == 0)
            let other = Self.ways.first { $0.setting != way.setting && $0.method == "PROPFIND" }
            #expect(try await derived(#require(other), off.probe) > 0)
        }
    }

    @Test("explain names the listing an answer would be derived from, or says why there is none")
    func explain() async throws {
        try await onStage { stage in
            let origin = try await stage.apache(Self.row)
            try await eventually("tags are strong") { try await !origin.probe.open("/a/").text.contains("W/") }
            let riffle = try await stage.riffle(
                before: origin.url, dialect: "webdav", set: ["derived.absentNames": "false"])
            let body = try stage.folder.write(Probe.properties, to: "propfind.xml")
            func explain(_ path: String, depth: String = "0") async throws -> Command {
                try await riffle.inspect(
                    "explain", path, "--method", "PROPFIND", "--depth", depth, "--body", body, "--exit-code",
                    "--header",
                    "Content-Type: application/xml")
            }
            let alone = try await explain("/a/file-0")
            #expect(alone.output.contains("Nothing is derived: no fresh listing of /a/ "), "\(alone.output)")
            #expect(alone.status == 3)
            _ = try await riffle.probe.open("/a/")
            for index in 0..<2 {
                let unproved = try await explain("/a/file-\(index)")
                #expect(unproved.output.contains("has confirmed \(index) of 2 such answers"), "\(unproved.output)")
                #expect(try await riffle.probe.open("/a/file-\(index)", depth: "0").cache?.detail == "cold")
            }
            let proved = try await explain("/a/file-2")
            #expect(proved.output.hasPrefix("derived (memory)"), "\(proved.output)")
            #expect(proved.output.contains("The fresh listing of /a/ in memory has the row"))
            #expect(proved.status == 0)
            #expect(try await riffle.probe.open("/a/file-2", depth: "0").cache?.detail == "derived")
            // A folder's own members are not in the listing above.
            let folder = try await explain("/a/folder-0/", depth: "1")
            #expect(folder.output.contains("does not show what is in it"), "\(folder.output)")
            let absent = try await explain("/a/no-1")
            #expect(absent.output.contains("has no row that could be cut out"), "\(absent.output)")
        }
    }

    @Test("explain says the same of names that file managers ask for")
    func explainProbe() async throws {
        try await onStage { stage in
            let origin = try await stage.apache(Self.row)
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            let off = try await stage.riffle(
                before: origin.url, dialect: "webdav", set: ["derived.probeNames": "false"])
            #expect(try await riffle.inspect("explain", "/a/.DS_Store").output.contains("no fresh listing of /a/ "))
            for probe in [riffle.probe, off.probe] {
                _ = try await probe.open("/a/")
                for name in Self.probes.prefix(3) { _ = try await probe.send("GET", name) }
            }
            let said = try await riffle.inspect("explain", "/a/._other")
            #expect(said.output.hasPrefix("derived (memory)"), "\(said.output)")
            #expect(said.output.contains("The fresh listing of /a/ in memory is whole and lacks the name"))
            #expect(try await riffle.probe.send("GET", "/a/._other").cache?.detail == "derived")
            #expect(try await off.inspect("explain", "/a/._other").output.contains("derived.probeNames is false"))
        }
    }

    @Test("without row tags each expired folder is asked for, and explain says which it is", arguments: [true, false])
    func rowTags(isOn: Bool) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.bushy(width: 3), options: ["--deep-tags"])
            let riffle = try await stage.riffle(
                before: origin.url, dialect: "webdav",
                set: ["webdav.deepTags": "true", "cache.defaultTTL": "1500ms", "derived.rowTags": "\(isOn)"])
            let body = try stage.folder.write(Probe.properties, to: "propfind.xml")
            let folders = (0..<3).map { "/folder%20\($0)/" }
            for folder in ["/"] + folders { _ = try await riffle.probe.open(folder) }
            try await eventually("the root has expired") { try await riffle.probe.open("/").cache?.detail == "expired" }
            let said = try await riffle.inspect(
                "explain", folders[1], "--method", "PROPFIND", "--depth", "1", "--body", body, "--header",
                "Content-Type: application/xml")
            #expect(said.output.hasPrefix(isOn ? "derived (memory)" : "miss (origin, expired)"), "\(said.output)")
            #expect(said.output.contains(isOn ? "renewed by it and served" : "derived.rowTags is false"))
            let details = try await [riffle.probe.open(folders[1]), riffle.probe.open(folders[2])].map {
                $0.cache?.detail
            }
            #expect(details == (isOn ? ["derived", "derived"] : ["expired", "expired"]))
        }
    }
}
