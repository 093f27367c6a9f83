import Testing

@Suite("SharePoint's REST listings through riffle", .serialized, .showingServers, .timeLimit(.minutes(4)))
struct SharePointTests {
    private static let json = ["Accept": "application/json;odata=verbose"]
    private static let lives = ["cache.defaultTTL": "30m"]

    private static func folder(_ path: String) -> String { "/_api/web/GetFolderByServerRelativeUrl('\(path)')" }
    private static func file(_ path: String) -> String { "/_api/web/GetFileByServerRelativeUrl('\(path)')" }

    /// Every folder of the tree in several forms.
    private static let listings =
        ["", "/a", "/a/deep", "/b", "/c", "/new", "/moved", "/b/a"].flatMap { path in
            [
                folder(path.isEmpty ? "/" : path) + "/Files", folder(path.isEmpty ? "/" : path) + "/Folders",
                "/_api/Web/getFolderByServerRelativePath(DecodedUrl='\(path.isEmpty ? "/" : path)')?$expand=Folders,Files",
            ]
        } + ["/_api/web/lists/getbytitle('a')/items"]

    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: String
        let target: String
        var fields: [String: String] = [:]
        var body = ""
        var status = 200
    }

    @Test(
        "each write is seen by the next listing of every riffle, in every form",
        arguments: [
            Change(
                testDescription: "an upload", method: "POST",
                target: folder("/a") + "/Files/add(overwrite=true,url='x')", body: "x"),
            Change(
                testDescription: "an upload over a file", method: "POST",
                target: folder("/A") + "/Files/add(overwrite=true,url='ONE.txt')", body: "longer"),
            Change(
                testDescription: "new contents", method: "PUT", target: file("/a/one.txt") + "/$value", body: "longer"),
            Change(testDescription: "a new folder", method: "POST", target: folder("/a") + "/Folders/Add('new')"),
            Change(
                testDescription: "a new folder by its path", method: "POST", target: "/_api/web/folders",
                body: #"{"ServerRelativeUrl":"/a/new"}"#),
            Change(
                testDescription: "a folder within", method: "POST", target: folder("/a") + "/AddSubFolder",
                body: #"{"leafName":"new"}"#),
            Change(
                testDescription: "a file deleted", method: "POST", target: file("/a/one.txt"),
                fields: ["X-HTTP-Method": "DELETE"]),
            Change(testDescription: "a folder recycled", method: "POST", target: folder("/a") + "/recycle"),
            Change(
                testDescription: "a folder renamed", method: "POST", target: folder("/a") + "/ListItemAllFields",
                fields: ["X-HTTP-Method": "MERGE"], body: #"{"FileLeafRef":"moved"}"#, status: 204),
            Change(
                testDescription: "a file moved", method: "POST",
                target: file("/a/one.txt") + "/moveto(newurl='/b/one.txt',flags=1)"),
            Change(testDescription: "a folder moved", method: "POST", target: folder("/a") + "/MoveTo(newUrl='/b/a')"),
            Change(
                testDescription: "a file copied", method: "POST",
                target: file("/a/one.txt") + "/copyto(strnewurl='/c/one.txt',boverwrite=true)"),
            Change(
                testDescription: "a folder copied", method: "POST", target: folder("/a") + "/CopyTo(strNewUrl='/b/a')"),
        ])
    func writes(change: Change) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let redis = try await stage.redis()
            let (writer, reader) = try await (riffle(), riffle())
            func riffle() async throws -> Probe {
                try await stage.riffle(before: origin.url, redis: redis.url, dialect: "graph", set: Self.lives).probe
                    .named("site.test")
            }
            for probe in [writer, reader] {
                for target in Self.listings { _ = try await probe.send("GET", target, Self.json) }
            }
            #expect(try await reader.send("GET", Self.listings[3], Self.json).isHit)
            let answer = try await writer.send(
                change.method, change.target, Self.json.merging(change.fields) { $1 }, body: change.body)
            #expect(answer.status == change.status, "\(answer.text)")
            for target in Self.listings {
                let real = try await origin.probe.named("site.test").send("GET", target, Self.json)
                for probe in [reader, writer] {
                    let seen = try await probe.send("GET", target, Self.json)
                    #expect(seen.status == real.status, "\(target)")
                    // The origin's own name stands in addresses that are no links to follow.
                    let text = seen.text.replacing(origin.url.dropFirst(7), with: "site.test")
                    #expect(text == real.text, "\(target) \(seen["cache-status"] ?? "")")
                }
            }
        }
    }

    @Test(
        "a listing is a hit in every notation but Atom, and leaves others where they are",
        arguments: ["verbose", "minimalmetadata", "nometadata"])
    func hits(notation: String) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: Self.lives).probe
            let accept = ["Accept": "application/json;odata=\(notation)"]
            for target in Self.listings.prefix(6) {
                let first = try await riffle.send("GET", target, accept)
                let second = try await riffle.send("GET", target, accept)
                #expect(first.cache?.detail == "cold" && second.isHit, "\(target)")
                #expect(second.text == first.text)
                #expect(second["content-type"]?.contains(notation) == true)
                for _ in 0..<2 {
                    let atom = try await riffle.send("GET", target)
                    #expect(!atom.isHit)
                    #expect(atom["content-type"]?.hasPrefix("application/atom+xml") == true)
                }
            }
            #expect(try await riffle.send("POST", Self.folder("/b") + "/Files/add(url='x')", body: "x").status == 200)
            #expect(try await riffle.send("GET", Self.folder("/a") + "/Files", accept).isHit)
            #expect(try await !riffle.send("GET", Self.folder("/b") + "/Files", accept).isHit)
        }
    }

    @Test("the digest for writes is never kept, and asking for one drops nothing")
    func digest() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "graph")
            let riffle = try await stage.riffle(
                before: origin.url, dialect: "graph", set: ["cache.defaultTTL": "30m", "cache.scope": "all"]
            ).probe
            _ = try await riffle.send("GET", Self.folder("/a") + "/Files", Self.json)
            for _ in 0..<3 {
                let answer = try await riffle.send("POST", "/_api/contextinfo", Self.json, body: "")
                #expect(answer.status == 200)
                #expect(answer.text.contains("FormDigestValue"))
                #expect(!answer.isHit)
            }
            #expect(try await origin.counters().byPath["/_api/contextinfo"]?.values.reduce(0, +) == 3)
            #expect(try await riffle.send("GET", Self.folder("/a") + "/Files", Self.json).isHit)
        }
    }

    @Test("pages of a list lead through riffle and are kept as one", arguments: ["verbose", "nometadata"])
    func pages(notation: String) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.wide(10), dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: Self.lives).probe
            let accept = ["Accept": "application/json;odata=\(notation)"]
            func walk() async throws -> (rows: Int, hits: Int, pages: Int) {
                var (rows, hits, pages) = (0, 0, 0)
                var target: String? = "/_api/web/lists/getbytitle('big')/items?$top=4"
                while let page = target {
                    let answer = try await riffle.send("GET", page, accept)
                    rows += answer.text.split(separator: "FileRef").count - 1
                    hits += answer.isHit ? 1 : 0
                    pages += 1
                    let name = notation == "verbose" ? "\"__next\":\"" : "\"odata.nextLink\":\""
                    let link = answer.text.firstRange(of: name).map {
                        answer.text[$0.upperBound...].prefix { $0 != "\"" }
                    }
                    if let link { #expect(link.hasPrefix(riffle.base), "\(link)") }
                    target = link.map { String($0.dropFirst(riffle.base.count)) }
                }
                return (rows, hits, pages)
            }
            #expect(try await walk() == (10, 0, 3))
            #expect(try await walk() == (10, 3, 3))
            _ = try await riffle.send("POST", Self.folder("/big") + "/Files/add(url='new')", body: "x")
            #expect(try await walk() == (11, 0, 3))
        }
    }

    @Test("folders likely to be opened next are prefetched in the form of the visit")
    func prefetch() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.row(12), dialect: "graph")
            let riffle = try await stage.riffle(
                before: origin.url, dialect: "graph", prefetch: true, set: ["prefetch.budget": "1"]
            ).probe
            func open(_ path: String) async throws -> Answer {
                try await riffle.send("GET", Self.folder(path) + "?$expand=Files,Folders", Self.json)
            }
            _ = try await open("/")
            for number in 0..<4 { _ = try await open("/\(number)") }
            try await eventually("a sibling was there before it was asked for") {
                for number in 4..<12 {
                    let cache = try await open("/\(number)").cache
                    if cache?.isHit == true { return true }
                }
                return false
            }
        }
    }
}
