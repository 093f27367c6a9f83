import Foundation
import NIOCore
import Testing

@Suite("A Graph folder in pages", .showingServers, .timeLimit(.minutes(2)))
struct GraphPageTests {
    private struct Page: Decodable {
        struct Item: Decodable { let name: String }
        let value: [Item]
        let next: String?

        enum CodingKeys: String, CodingKey {
            case value
            case next = "@odata.nextLink"
        }
    }

    private static func page(_ answer: Answer) throws -> Page {
        try JSONDecoder().decode(Page.self, from: Data(answer.body.readableBytesView))
    }

    /// Follows the links as a client does: verbatim.
    private static func pages(_ riffle: Riffle, from target: String) async throws -> (
        answers: [Answer], names: [String]
    ) {
        var target: String? = target
        var answers: [Answer] = []
        var names: [String] = []
        while let next = target, answers.count < 50 {
            let answer = try await riffle.probe.send("GET", next)
            let page = try page(answer)
            answers.append(answer)
            names += page.value.map(\.name)
            guard let link = page.next else { break }
            #expect(link.hasPrefix(riffle.url), "\(link)")
            target = String(link.dropFirst(riffle.url.count))
        }
        return (answers, names)
    }

    @Test("leads through riffle from page to page, and comes out of the cache whole the second time")
    func pagesHit() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.wide(25), dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: GraphDrive.longLives)
            let target = "/v1.0/me/drive/root:/big:/children?$top=10&$select=name"
            let first = try await Self.pages(riffle, from: target)
            #expect(first.answers.count == 3)
            #expect(Set(first.names) == Set((0..<25).map { "file-\($0).txt" }))
            try await origin.resetCounters()
            let second = try await Self.pages(riffle, from: target)
            #expect(second.names == first.names)
            #expect(second.answers.allSatisfy { $0.isHit })
            #expect(try await origin.counters().listings == 0)
        }
    }

    @Test("never mixes pages of two fetches: after a write no page of the old chain comes from the cache")
    func generations() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.wide(25), dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: GraphDrive.longLives)
            let target = "/v1.0/me/drive/root:/big:/children?$top=10"
            let old = try await Self.pages(riffle, from: target)
            // Page 1 is read, then something comes in front of all others.
            let first = try Self.page(old.answers[0])
            let link = try #require(first.next)
            #expect(
                try await riffle.probe.send("PUT", "/v1.0/me/drive/root:/big/aaa.txt:/content", body: "x").status == 201
            )
            let late = try await riffle.probe.send("GET", String(link.dropFirst(riffle.url.count)))
            #expect(!late.isHit)
            // A page of a chain that a write has cut is not kept for others.
            #expect(try await !riffle.probe.send("GET", String(link.dropFirst(riffle.url.count))).isHit)
            let fresh = try await Self.pages(riffle, from: target)
            #expect(fresh.names.count == 26)
            #expect(Set(fresh.names).count == 26)
        }
    }

    @Test("passes through when a client makes up the link to a page itself")
    func unchained() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.wide(25), dialect: "graph")
            let riffle = try await stage.riffle(before: origin.url, dialect: "graph", set: GraphDrive.longLives)
            for _ in 0..<2 {
                let answer = try await riffle.probe.send(
                    "GET", "/v1.0/me/drive/root:/big:/children?$top=10&$skiptoken=sa")
                #expect(answer.status == 200)
                #expect(answer.cache?.detail == "not-a-listing")
            }
        }
    }
}
