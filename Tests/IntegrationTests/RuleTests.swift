import Foundation
import NIOCore
import Testing

@Suite("Rules of the operator's own", .serialized, .showingServers, .timeLimit(.minutes(2)))
struct RuleTests {
    /// nginx's JSON, told of as if riffle did not know it.
    private static let autoindex = """
        rules:
          - listing: /{path*}
            folder: /{path*}/
            query: sort
            items: ""
            name: /name
            isFolder: /type=directory
          - write: GET /a/one.txt
            voids: /b/
        """

    @Test("make a JSON origin's listings hits, and its writes void what they say")
    func json() async throws {
        try await onStage { stage in
            let origin = try await stage.nginx()
            let riffle = try await stage.riffle(before: origin.url, dialect: "json", file: Self.autoindex).probe
            let real = try await origin.probe.send("GET", "/b/")
            #expect(try await riffle.send("GET", "/b/").cache?.detail == "cold")
            let hit = try await riffle.send("GET", "/b/?trace=1")
            #expect(hit.isHit)
            #expect(hit.text == real.text)
            #expect(try await riffle.send("GET", "/b/?sort=x").cache?.detail == "cold")
            // A file is none, and what reads like a write by the rules voids what they name.
            #expect(try await riffle.send("GET", "/a/two.txt").cache?.isHit == false)
            #expect(try await riffle.send("GET", "/a/one.txt").cache?.forward == "method")
            #expect(try await riffle.send("GET", "/b/").cache?.detail == "invalidated")
        }
    }

    @Test("pages of a listing are bound together and lead through riffle")
    func pages() async throws {
        let rules = """
            rules:
              - listing: /v1.0/{drive*}/children
                folder: /{drive*}/
                items: /value
                name: /name
                isFolder: /folder
                next: /@odata.nextLink
            """
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.wide(25), dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "json", file: rules).probe
            var target = "/v1.0/me/drive/root:/big:/children?$top=10"
            var names: [String] = []
            var pages = 0
            while pages < 5 {
                let answer = try await riffle.send("GET", target)
                #expect(answer.status == 200)
                let again = try await riffle.send("GET", target)
                #expect(again.isHit)
                #expect(again.text == answer.text)
                let page = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any]
                names += (page?["value"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
                pages += 1
                guard let next = page?["@odata.nextLink"] as? String else { break }
                #expect(next.hasPrefix(riffle.base))
                target = String(next.dropFirst(riffle.base.count))
            }
            #expect(pages == 3)
            #expect(Set(names).count == 25)
        }
    }

    @Test("hold in front of WebDAV too")
    func webdav() async throws {
        let rules = """
            rules:
              - bypass: PROPFIND /a/deep/
              - write: GET /a/one.txt
                voids: /a/**
            """
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav", file: rules).probe
            for _ in 0..<2 { #expect(try await riffle.open("/a/deep/").cache?.detail == "disabled") }
            _ = try await riffle.open("/a/")
            _ = try await riffle.open("/b/")
            #expect(try await riffle.open("/a/").isHit)
            #expect(try await riffle.send("GET", "/a/one.txt").status == 200)
            #expect(try await riffle.open("/a/").cache?.detail == "invalidated")
            #expect(try await riffle.open("/b/").isHit)
        }
    }

    // MARK: Nobody has said how the origin speaks

    @Test("an origin's dialect is found out from what it answers, and shown")
    func auto() async throws {
        try await onStage { stage in
            let apache = try await stage.apache()
            let riffle = try await stage.riffle(before: apache.url)
            #expect(try await riffle.inspect("stat").output.contains("· auto ·"))
            // Apache answers GET of a folder without an index with 404 or a page: no listing, and never stored.
            for _ in 0..<3 { #expect(try await riffle.probe.send("GET", "/a/").cache?.isStored == false) }
            _ = try await riffle.probe.open("/a/")
            #expect(try await riffle.probe.open("/a/").isHit)
            #expect(try await riffle.inspect("stat").output.contains("auto: webdav"))
        }
    }

    @Test("nginx's JSON listings are hits without being told, its pages are not")
    func autoNginx() async throws {
        try await onStage { stage in
            let nginx = try await stage.nginx()
            let riffle = try await stage.riffle(before: nginx.url)
            _ = try await riffle.probe.send("GET", "/a/")
            #expect(try await riffle.probe.send("GET", "/a/").isHit)
            #expect(try await riffle.probe.open("/a/").cache?.isStored == false)
            #expect(try await riffle.inspect("stat").output.contains("auto: autoindex"))
        }
    }
}
