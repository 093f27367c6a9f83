import Foundation
import NIOHTTP1
import Testing

@Suite("Answers derived from other listings", .serialized, .showingServers, .timeLimit(.minutes(3)))
struct DerivedTests {
    enum Server: String, CaseIterable, Sendable {
        case apache, wsgidav

        func start(_ stage: Stage, _ tree: Tree = .small) async throws -> Probe {
            switch self {
            case .apache: try await stage.apache(tree).probe
            case .wsgidav: try await stage.wsgidav(tree).probe
            }
        }
    }

    private static let row = Tree(
        entries: [("a/", "")] + (0..<8).flatMap { [("a/file-\($0).txt", "\($0)"), ("a/folder-\($0)/", "")] })

    /// Fields that must be the same, whoever answers.
    private func essence(_ answer: Answer) -> [String] {
        answer.fields.filter {
            !["date", "age", "cache-status", "via", "keep-alive", "connection"].contains($0.name.lowercased())
        }
        .map { "\($0.name.lowercased()): \($0.value)" }.sorted()
    }

    @Test("a member's own properties are the origin's, byte for byte", arguments: Server.allCases)
    func depthZero(server: Server) async throws {
        try await onStage { stage in
            let origin = try await server.start(stage, Self.row)
            let riffle = try await stage.riffle(before: origin.base, dialect: "webdav").probe
            // Apache calls a tag weak in the second of the change.
            if server == .apache {
                try await eventually("tags are strong") { try await !origin.open("/a/").text.contains("W/") }
            }
            _ = try await riffle.open("/a/")
            for kind in ["file-", "folder-"] {
                var derived = 0
                for index in 0..<8 {
                    let path = "/a/\(kind)\(index)" + (kind == "file-" ? ".txt" : "/")
                    let real = try await origin.open(path, depth: "0")
                    let seen = try await riffle.open(path, depth: "0")
                    #expect(seen.status == 207)
                    #expect(seen.text == real.text)
                    #expect(essence(seen) == essence(real))
                    if seen.cache?.detail == "derived" { derived += 1 }
                }
                // Two answers of the origin prove the shape.
                #expect(derived == 6, "\(kind)")
            }
            #expect(try await riffle.open("/a/", depth: "0").text == origin.open("/a/", depth: "0").text)
        }
    }

    @Test("a file asked for as a folder, as rclone does, is answered out of its folder's listing")
    func fileAtDepthOne() async throws {
        try await onStage { stage in
            let origin = try await stage.apache(Self.row)
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav").probe
            try await eventually("tags are strong") { try await !origin.probe.open("/a/").text.contains("W/") }
            _ = try await riffle.open("/a/")
            var derived = 0
            for index in 0..<8 {
                let seen = try await riffle.open("/a/file-\(index).txt")
                #expect(try await seen.text == origin.probe.open("/a/file-\(index).txt").text)
                if seen.cache?.detail == "derived" { derived += 1 }
            }
            #expect(derived == 6)
            // A folder's members are not in the listing above.
            #expect(try await riffle.open("/a/folder-0/").cache?.detail == "cold")
        }
    }

    @Test("an absent name is answered as Apache answers, until a write makes it")
    func absent() async throws {
        try await onStage { stage in
            let origin = try await stage.apache(Self.row)
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav").probe
            _ = try await riffle.open("/a/")
            for index in 0..<3 { #expect(try await riffle.open("/a/no-\(index)", depth: "0").status == 404) }
            let asked = try await origin.count("PROPFIND")
            let seen = try await riffle.open("/a/nothing", depth: "0")
            #expect(seen.cache?.detail == "derived")
            #expect(try await origin.count("PROPFIND") == asked)
            let real = try await origin.probe.open("/a/nothing", depth: "0")
            #expect(seen.status == real.status)
            #expect(seen.text == real.text)
            #expect(essence(seen) == essence(real))
            #expect(try await riffle.open("/a/FILE-1.TXT", depth: "0").cache?.detail != "derived")

            #expect(try await riffle.send("PUT", "/a/nothing", body: "something").status == 201)
            #expect(try await riffle.open("/a/nothing", depth: "0").status == 207)
        }
    }

    @Test("a name is never called absent in the words of a server that names the path")
    func pathInWords() async throws {
        try await onStage { stage in
            let origin = try await stage.wsgidav(Self.row)
            let riffle = try await stage.riffle(before: origin.probe.base, dialect: "webdav").probe
            _ = try await riffle.open("/a/")
            for index in 0..<6 {
                let seen = try await riffle.open("/a/no-\(index)", depth: "0")
                #expect(seen.status == 404)
                #expect(seen.text.contains("/a/no-\(index)"))
                #expect(seen.cache?.detail != "derived")
            }
        }
    }

    @Test("what file managers ask for everywhere costs the origin two requests", arguments: ["GET", "HEAD"])
    func probes(method: String) async throws {
        try await onStage { stage in
            let origin = try await stage.apache(Self.row)
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav").probe
            _ = try await riffle.open("/a/")
            let names = [".DS_Store", "desktop.ini", "Thumbs.db", "._file-1.txt", ".hidden", "autorun.inf"]
            for name in names {
                let seen = try await riffle.send(method, "/a/" + name)
                let real = try await origin.probe.send(method, "/a/" + name)
                #expect(seen.status == 404)
                #expect(seen.text == real.text)
                #expect(essence(seen) == essence(real), "\(name)")
            }
            // Each name once by the test itself; the last names by nobody else.
            #expect(try await origin.count(method) >= names.count)
            #expect(try await riffle.send(method, "/a/._other").cache?.detail == "derived")
            _ = try await riffle.send("PUT", "/a/.DS_Store", body: "x")
            #expect(try await riffle.send(method, "/a/.DS_Store").status == 200)
        }
    }

    @Test("another principal's listing derives nothing")
    func principals() async throws {
        try await onStage { stage in
            let origin = try await stage.apache(Self.row)
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav").probe
            let alice = riffle.with("Bearer alice")
            _ = try await alice.open("/a/")
            for index in 0..<3 { _ = try await alice.open("/a/file-\(index).txt", depth: "0") }
            #expect(try await alice.open("/a/file-5.txt", depth: "0").cache?.detail == "derived")
            #expect(try await riffle.with("Bearer bob").open("/a/file-6.txt", depth: "0").cache?.detail == "cold")
        }
    }

    @Test("where tags are deep, one fresh listing renews a whole tree of folders that did not change")
    func rowTags() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.bushy(width: 3), options: ["--deep-tags"])
            let riffle = try await stage.riffle(
                before: origin.url, dialect: "webdav", set: ["webdav.deepTags": "true", "cache.defaultTTL": "1500ms"]
            ).probe
            let folders = ["/"] + (0..<3).map { "/folder%20\($0)/" } + (0..<3).map { "/folder%200/folder%20\($0)/" }
            for folder in folders { _ = try await riffle.open(folder) }
            // Behind riffle's back, two levels down.
            try Data("new".utf8).write(to: URL(fileURLWithPath: origin.root + "/folder 1/folder 2/new.txt"))
            try await eventually("all have expired") {
                try await riffle.open("/folder%202/").cache?.detail == "expired"
            }
            try await eventually("the root is fetched anew") { try await riffle.open("/").cache?.detail == "expired" }
            try await origin.resetCounters()
            for folder in folders.dropFirst() where folder != "/folder%201/" && folder != "/folder%202/" {
                #expect(try await riffle.open(folder).cache?.detail == "derived", "\(folder)")
            }
            #expect(try await origin.counters().listings == 0)
            #expect(try await riffle.open("/folder%201/").cache?.detail == "expired")
        }
    }
}
