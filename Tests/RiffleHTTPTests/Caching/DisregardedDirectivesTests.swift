import NIOHTTP1
import RiffleHTTP
import Testing

/// The operator's word over a response's own.
struct DisregardedDirectivesTests {
    static let table: [(names: [String], lines: [String], kept: [String])] = [
        ([], ["no-store"], ["no-store"]),
        (["no-store"], ["no-store"], []),
        (["no-store"], ["No-Store, max-age=60", "no-cache"], ["max-age=60, no-cache"]),
        (["no-cache"], ["no-cache=\"a, b\", private"], ["private"]),
        (["max-age"], ["max-age =1, x=\"max-age=2\""], ["x=\"max-age=2\""]),
        (["no-store"], ["no-store-at-all"], ["no-store-at-all"]),
    ]

    @Test("the directives named count as not said, and nothing else does", arguments: table)
    func directives(_ row: (names: [String], lines: [String], kept: [String])) throws {
        let disregarded = try #require(DisregardedDirectives(row.names))
        var fields: HTTPHeaders = ["Expires": "0", "CDN-Cache-Control": "no-store"]
        for line in row.lines { fields.add(name: "Cache-Control", value: line) }
        let left = disregarded.apply(to: fields)
        #expect(left["cache-control"] == row.kept)
        #expect(left["cdn-cache-control"] == ["no-store"] && left["expires"] == ["0"])
    }

    @Test("Expires is a name like the directives; others are refused")
    func names() throws {
        let disregarded = try #require(DisregardedDirectives(["expires"]))
        #expect(disregarded.apply(to: ["Expires": "0", "Vary": "a"]) == ["Vary": "a"])
        #expect(DisregardedDirectives(["vary"]) == nil)
        #expect(DisregardedDirectives(["no-store", "set-cookie"]) == nil)
    }
}
