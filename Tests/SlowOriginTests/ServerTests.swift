import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import SlowOrigin

/// A server over a temporary tree, and a client for it.
struct Served {
    let folder: URL
    let server: SlowOriginServer

    static func run(
        _ shape: (inout SlowOriginOptions) throws -> Void = { _ in }, _ body: (Served) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "slow-origin-\(UUID())")
        let root = folder.appending(path: "root")
        try FileManager.default.createDirectory(at: root.appending(path: "sub"), withIntermediateDirectories: true)
        try Data("treasure".utf8).write(to: folder.appending(path: "secret"))
        try Data("hello".utf8).write(to: root.appending(path: "a b.txt"))
        try FileManager.default.createSymbolicLink(
            at: root.appending(path: "leak"), withDestinationURL: folder.appending(path: "secret"))
        var options = SlowOriginOptions(root: root.path)
        try shape(&options)
        let served = Served(folder: root, server: try await SlowOriginServer.start(options))
        let result: Result<Void, any Error>
        do { result = .success(try await body(served)) } catch { result = .failure(error) }
        await served.server.stop()
        try FileManager.default.removeItem(at: folder)
        try result.get()
    }

    func send(
        _ method: String, _ path: String, _ headers: [(String, String)] = [], _ body: String? = nil
    ) async throws -> (status: Int, headers: HTTPHeaders, body: String) {
        var request = HTTPClientRequest(url: server.url.dropLast() + path)
        request.method = HTTPMethod(rawValue: method)
        request.headers = HTTPHeaders(headers)
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 24))
        return (Int(response.status.code), response.headers, text)
    }
}

@Suite("A served tree")
struct ServerTests {
    @Test("every method of a document's life answers as it should, and is counted")
    func life() async throws {
        try await Served.run { served in
            #expect(try await served.send("PUT", "/f", [], "one").status == 201)
            #expect(try await served.send("PUT", "/f", [], "two!").status == 204)
            #expect(try await served.send("PUT", "/no/f", [], "x").status == 409)
            #expect(try await served.send("MKCOL", "/d").status == 201)
            #expect(try await served.send("MKCOL", "/d").status == 405)
            #expect(try await served.send("COPY", "/f", [("Destination", "/d/g")]).status == 201)
            #expect(try await served.send("MOVE", "/f", [("Destination", "/d/g"), ("Overwrite", "F")]).status == 412)
            #expect(try await served.send("MOVE", "/f", [("Destination", "http://other/d/g")]).status == 502)
            #expect(try await served.send("MOVE", "/d", [("Destination", "/d/inner")]).status == 403)
            #expect(try await served.send("MOVE", "/f", [("Destination", "/d/g")]).status == 204)
            let part = try await served.send("GET", "/d/g", [("Range", "bytes=1-2")])
            #expect(part.status == 206 && part.body == "wo")
            let etag = try #require(part.headers.first(name: "etag"))
            #expect(try await served.send("GET", "/d/g", [("If-None-Match", etag)]).status == 304)
            let list = try await served.send("PROPFIND", "/d/", [("Depth", "1")])
            #expect(list.status == 207 && list.body.contains("<D:href>/d/g</D:href>"))
            #expect(try await served.send("PROPFIND", "/d/", [("Depth", "infinity")]).status == 403)
            #expect(try await served.send("DELETE", "/d/").status == 204)
            #expect(try await served.send("PROPFIND", "/d/", [("Depth", "0")]).status == 404)
            #expect(served.server.counters.count("PUT", "/f") == 2)
            #expect(served.server.counters.count("PROPFIND 1") == 1)
            #expect(try await served.send("DELETE", "/-/counters").status == 204)
            #expect(served.server.counters.total == 0)
        }
    }

    @Test(
        "nothing outside the tree is reached",
        arguments: ["/leak", "/%2e%2e/secret", "/sub/%2e%2e/%2e%2e/secret", "/..%2fsecret", "/%252e%252e/secret"])
    func escapes(_ path: String) async throws {
        try await Served.run { served in
            let answer = try await served.send("GET", path)
            #expect((400..<500).contains(answer.status))
            #expect(!answer.body.contains("treasure"))
            #expect(try await !served.send("PROPFIND", "/", [("Depth", "1")]).body.contains("leak"))
        }
    }

    @Test("a locked document changes only for who holds the token")
    func locks() async throws {
        try await Served.run { served in
            let info =
                "<lockinfo xmlns='DAV:'><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>"
            let lock = try await served.send("LOCK", "/l", [], info)
            let token = try #require(lock.headers.first(name: "lock-token"))
            #expect(lock.status == 201)
            #expect(try await served.send("PUT", "/l", [], "x").status == 423)
            #expect(try await served.send("DELETE", "/l").status == 423)
            #expect(try await served.send("PUT", "/l", [("If", "(\(token))")], "x").status == 204)
            #expect(try await served.send("UNLOCK", "/l", [("Lock-Token", token)]).status == 204)
            #expect(try await served.send("PUT", "/l", [], "y").status == 204)
        }
    }

    @Test("listings differ by user, and strangers are turned away")
    func users() async throws {
        let text = "user a password=p\nallow /\nuser b token=t\nread /\ndeny /sub\n"
        try await Served.run({ $0.users = try UserFile(parsing: text, source: "t") }) { served in
            let basic = ("Authorization", "Basic YTpw")
            let bearer = ("Authorization", "Bearer t")
            let stranger = try await served.send("PROPFIND", "/", [("Depth", "1")])
            #expect(stranger.status == 401 && stranger.headers.contains(name: "www-authenticate"))
            #expect(try await served.send("PROPFIND", "/", [("Depth", "1"), basic]).body.contains("/sub/"))
            #expect(try await !served.send("PROPFIND", "/", [("Depth", "1"), bearer]).body.contains("/sub/"))
            #expect(try await served.send("PROPFIND", "/sub/", [("Depth", "1"), bearer]).status == 403)
            #expect(try await served.send("PUT", "/n", [bearer], "x").status == 403)
        }
    }

    @Test("faults strike listings as switched, and nothing else")
    func faults() async throws {
        try await Served.run { served in
            #expect(try await served.send("POST", "/-/faults", [], "429=1:retry-after=7").status == 200)
            let refused = try await served.send("PROPFIND", "/", [("Depth", "1")])
            #expect(refused.status == 429 && refused.headers.first(name: "retry-after") == "7")
            #expect(try await served.send("GET", "/a%20b.txt").body == "hello")
            for fault in ["truncate=1", "wrong-length=1"] {
                served.server.faults = try Faults(parsing: fault)
                await #expect(throws: (any Error).self) { try await served.send("PROPFIND", "/", [("Depth", "1")]) }
            }
            #expect(try await served.send("POST", "/-/faults", [], "nonsense").status == 400)
        }
    }

    @Test("a read-only server refuses every change")
    func readOnly() async throws {
        try await Served.run({ $0.isReadOnly = true }) { served in
            let (written, read) = try await (served.send("PUT", "/n", [], "x"), served.send("GET", "/a%20b.txt"))
            #expect(written.status == 403)
            #expect(read.status == 200)
        }
    }

    @Test("nginx's JSON: links that lead outside are other, dot files hidden")
    func autoindex() async throws {
        try await Served.run({ $0.dialect = .autoindex }) { served in
            let list = try await served.send("GET", "/")
            #expect(list.body.hasPrefix("[\r\n{ \"name\":\"sub\", \"type\":\"directory\", \"mtime\":\""))
            #expect(list.body.contains("{ \"name\":\"leak\", \"type\":\"other\", "))
            #expect(list.body.hasSuffix("\r\n]"))
            #expect(try await served.send("PUT", "/n", [], "x").status == 405)
        }
    }

    @Test("a delaying proxy passes everything on, with destinations renamed")
    func upstream() async throws {
        try await Served.run { real in
            try await Served.run({ $0.upstream = real.server.url }) { proxy in
                let written = try await proxy.send("PUT", "/f", [], "one")
                let moved = try await proxy.send("MOVE", "/f", [("Destination", proxy.server.url + "g")])
                let read = try await proxy.send("GET", "/g")
                #expect(written.status == 201)
                #expect(moved.status == 201)
                #expect(read.body == "one")
                #expect(real.server.counters.total == 3)
            }
        }
    }
}
