import FoundationEssentials
import RiffleInspect
import Testing

@testable import RiffleAdmin

@Suite("News of changes on the admin listener")
struct InvalidateTests {
    private static let token = "0123456789abcdef"
    private static let feedToken = "fedcba9876543210"
    private static let json = ["content-type": "application/json"]

    @Test(
        "tells of one change, of several, or of none",
        arguments: [
            (#"{"path": "/a/"}"#, 1), (#"{"path": "/a/", "recursive": true}"#, 1), ("{}", 0),
            (#"{"changes": [{"path": "/a"}, {"path": "/b/", "recursive": true}]}"#, 2),
            (#"{"path": "/a/", "changes": [{"path": "/b/"}]}"#, 2),
        ])
    func news(body: String, changes: Int) async throws {
        try await withAdmin { (admin: Admin) async throws in
            let answer = try await admin.ask("POST", "/-/invalidate", Self.json, body: body)
            #expect(answer.status == 200)
            #expect(answer.body.contains("\"applied\":\(changes)"))
        }
    }

    @Test(
        "what can't be understood is refused",
        arguments: [
            ("{", 400), (#"{"path": "a"}"#, 400), (#"{"path": 1}"#, 400), (#"{"changes": [{}]}"#, 400), ("[]", 400),
        ])
    func refused(body: String, status: Int) async throws {
        try await withAdmin { (admin: Admin) async throws in
            #expect(try await admin.ask("POST", "/-/invalidate", Self.json, body: body).status == status)
        }
    }

    @Test("more changes at once than the limit are refused whole")
    func tooMany() async throws {
        let changes = Array(repeating: #"{"path":"/a/"}"#, count: ChangeNews.limit + 1).joined(separator: ",")
        try await withAdmin { (admin: Admin) async throws in
            let answer = try await admin.ask("POST", "/-/invalidate", Self.json, body: #"{"changes":[\#(changes)]}"#)
            #expect(answer.status == 413)
        }
    }

    @Test("its own token opens it and nothing else; the admin token opens it too")
    func tokens() async throws {
        try await withAdmin(token: Self.token, feedToken: Self.feedToken) { (admin: Admin) async throws in
            func status(_ path: String, _ token: String?) async throws -> Int {
                var fields = Self.json
                fields["authorization"] = token.map { "Bearer \($0)" }
                return try await admin.ask("POST", path, fields, body: #"{"path": "/a/"}"#).status
            }
            #expect(try await status("/-/invalidate", Self.feedToken) == 200)
            #expect(try await status("/-/invalidate", Self.token) == 200)
            #expect(try await status("/-/invalidate", nil) == 401)
            #expect(try await status("/-/invalidate", "wrong") == 401)
            #expect(try await status("/-/purge", Self.feedToken) == 401)
        }
    }

    @Test("a store's events need the same token, on an open listener any, and must be events")
    func events() async throws {
        try await withAdmin(token: Self.token, feedToken: Self.feedToken) { (admin: Admin) async throws in
            func status(_ token: String?, _ body: String) async throws -> Int {
                let fields = token.map { ["authorization": "Bearer \($0)", "content-type": "text/plain"] } ?? [:]
                return try await admin.ask("POST", "/-/s3-events", fields, body: body).status
            }
            #expect(try await status(Self.feedToken, "{}") == 200)
            #expect(try await status(Self.feedToken, "") == 400)
            #expect(try await status("wrong", "{}") == 401)
            #expect(try await status(nil, "{}") == 401)
        }
        try await withAdmin { (admin: Admin) async throws in
            #expect(try await admin.ask("POST", "/-/s3-events", Self.json, body: "{}").status == 401)
        }
    }

    @Test("with a token of its own, it is closed to strangers on an open admin listener too")
    func ownTokenAlone() async throws {
        try await withAdmin(feedToken: Self.feedToken) { (admin: Admin) async throws in
            #expect(try await admin.ask("POST", "/-/invalidate", Self.json, body: "{}").status == 401)
            #expect(try await admin.ask("GET", "/-/stat").status == 200)
        }
    }

    @Test("a busy poster is held back without locking operators out")
    func rate() async throws {
        try await withAdmin { (admin: Admin) async throws in
            var statuses: Set<Int> = []
            for _ in 0..<Int(TokenBucket.burst) * 2 {
                statuses.insert(try await admin.ask("POST", "/-/invalidate", Self.json, body: "{}").status)
                if statuses.contains(429) { break }
            }
            #expect(try await admin.ask("GET", "/-/stat").status == 200)
        }
    }
}
