import RiffleHTTP
import Testing

@testable import RiffleProxy

/// Listings of services that forbid to store whatever they say (`listings.override`).
struct ListingOverrideStoryTests {
    private static let forbidding = OriginAnswer(
        fields: [
            ("Content-Type", "application/json"), ("Cache-Control", "no-store, no-cache, must-revalidate"),
            ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"), ("Pragma", "no-cache"),
        ],
        body: #"[{"name":"a.txt","type":"file","mtime":"Wed, 01 Jan 2025 00:00:00 GMT","size":1}]"#)
    private static let allNames = ["no-store", "no-cache", "must-revalidate", "expires"]

    private static func with(_ names: [String], _ body: (CacheStage) async throws -> Void) async throws {
        let override = try #require(DisregardedDirectives(names))
        try await CacheStage.with({
            $0.cache.scope = .listings
            $0.origin.dialect = .autoindex
            $0.listings.override = override
        }) { stage in
            stage.origin.answer { _ in Self.forbidding }
            try await body(stage)
        }
    }

    @Test(
        "a listing is kept when all that forbids it is disregarded",
        arguments: [([], false), (["no-store"], false), (["no-store", "no-cache"], false), (allNames, true)])
    func kept(_ names: [String], _ isKept: Bool) async throws {
        try await Self.with(names) { stage in
            for _ in 0..<2 {
                let answer = try await stage.send("GET", "/f/")
                #expect(answer.status == 200)
                // What the origin says to clients is still said.
                #expect(answer["cache-control"] == "no-store, no-cache, must-revalidate")
            }
            #expect(stage.origin.requests.count == (isKept ? 1 : 2))
        }
    }

    @Test("a listing stays in the partition of its credential")
    func partitions() async throws {
        try await Self.with(Self.allNames) { stage in
            for user in ["a", "a", "b", "b"] {
                _ = try await stage.send("GET", "/f/", [("Authorization", "Bearer \(user)")])
            }
            #expect(stage.origin.requests.map { $0["authorization"] ?? "" } == ["Bearer a", "Bearer b"])
        }
    }
}
