import FoundationEssentials
import Logging
import RiffleInspect
import Testing

@testable import RiffleAdmin

@Suite("Admin server")
struct AdminServerTests {
    static let token = "0123456789abcdef"

    @Test("liveness is always ok; readiness says why not")
    func health() async throws {
        try await withAdmin(riffle: FakeRiffle(ready: .notReady("draining"))) { admin in
            #expect(try await admin.ask("GET", "/healthz").status == 200)
            let ready = try await admin.ask("GET", "/readyz")
            #expect(ready.status == 503)
            #expect(ready.body.contains("draining"))
        }
    }

    @Test("metrics speak the format that the scraper accepts")
    func metrics() async throws {
        try await withAdmin { admin in
            let plain = try await admin.ask("GET", "/metrics")
            #expect(plain.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(plain.body.contains("# TYPE riffle_requests_total counter\n"))
            let open = try await admin.ask("GET", "/metrics", ["accept": "application/openmetrics-text;version=1.0.0"])
            #expect(open.fields["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(open.body.hasSuffix("\n# EOF\n"))
        }
    }

    @Test("with a token, figures and deeds need it; health does not")
    func token() async throws {
        try await withAdmin(token: Self.token) { admin in
            let good = ["authorization": "bearer \(Self.token)"]
            let wrong = ["authorization": "Bearer wrong"]
            for path in ["/metrics", "/-/stat", "/-/top"] {
                let statuses = [
                    try await admin.ask("GET", path).status, try await admin.ask("GET", path, wrong).status,
                    try await admin.ask("GET", path, good).status,
                ]
                #expect(statuses == [401, 401, 200])
            }
            let purge = try await admin.ask("POST", "/-/purge")
            #expect(purge.status == 401)
            #expect(purge.fields["www-authenticate"]?.hasPrefix("Bearer") == true)
            for path in ["/healthz", "/readyz", "/"] {
                let open = try await admin.ask("GET", path)
                #expect(open.status == 200)
            }
        }
    }

    @Test("an address that strangers reach needs a token", arguments: ["0.0.0.0:0", "[::]:0", "127.evil.example:80"])
    func strangers(text: String) throws {
        let address = try #require(AdminAddress(text))
        #expect(throws: AdminServerError.openToStrangers(address)) {
            try AdminServer(address: address, inspection: FakeRiffle(), token: nil, log: Logger(label: "admin"))
        }
        _ = try AdminServer(address: address, inspection: FakeRiffle(), token: Self.token, log: Logger(label: "admin"))
    }

    @Test("a short token is refused")
    func shortToken() {
        #expect(throws: AdminServerError.tokenTooShort) {
            try AdminServer(
                address: .tcp(host: "127.0.0.1", port: 0), inspection: FakeRiffle(), token: "short",
                log: Logger(label: "a"))
        }
    }

    struct Mistake: Sendable {
        var method: String
        var path: String
        var fields: [String: String] = ["content-type": "application/json"]
        var body: String?
        var status: Int
    }

    @Test(
        "mistakes get the right status and a JSON error",
        arguments: [
            Mistake(method: "GET", path: "/nothing", status: 404),
            Mistake(method: "POST", path: "/-/stat", status: 405),
            Mistake(method: "GET", path: "/-/purge", status: 405),
            Mistake(method: "GET", path: "/-/top?limit=0", status: 400),
            Mistake(method: "GET", path: "/-/top?limit=x", status: 400),
            Mistake(method: "POST", path: "/-/purge", body: "{", status: 400),
            Mistake(method: "POST", path: "/-/purge", body: "{}", status: 400),
            Mistake(method: "POST", path: "/-/purge", body: #"{"path":"a"}"#, status: 400),
            Mistake(method: "POST", path: "/-/purge", fields: [:], body: #"{"path":"/a"}"#, status: 415),
            Mistake(
                method: "POST", path: "/-/explain", body: String(repeating: " ", count: AdminRoutes.largestBody + 1),
                status: 413),
        ])
    func mistakes(mistake: Mistake) async throws {
        try await withAdmin { admin in
            let answer = try await admin.ask(mistake.method, mistake.path, mistake.fields, body: mistake.body)
            #expect(answer.status == mistake.status)
            #expect(answer.body.hasPrefix(#"{"error":{"message":"#))
        }
    }

    @Test("too many requests at once get 429")
    func rateLimit() async throws {
        try await withAdmin { admin in
            var statuses: Set<Int> = []
            for _ in 0..<Int(TokenBucket.burst) * 20 where !statuses.contains(429) {
                statuses.insert(try await admin.ask("GET", "/healthz").status)
            }
            #expect(statuses == [200, 429])
        }
    }

    @Test("the bucket refills at its rate and never beyond its burst")
    func bucket() {
        let start = ContinuousClock.now
        var bucket = TokenBucket(now: start)
        func taken(at instant: ContinuousClock.Instant) -> Int {
            var count = 0
            while bucket.take(now: instant) { count += 1 }
            return count
        }
        #expect(taken(at: start) == Int(TokenBucket.burst))
        #expect(taken(at: start + .seconds(1)) == Int(TokenBucket.rate))
        #expect(taken(at: start + .seconds(3600)) == Int(TokenBucket.burst))
    }

    @Test("the dashboard allows no outside resource and holds no markup from data")
    func dashboard() async throws {
        try await withAdmin { admin in
            let page = try await admin.ask("GET", "/")
            #expect(page.fields["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
            for risky in ["innerHTML", "insertAdjacentHTML", "document.write", "https://", "src="] {
                #expect(!page.body.contains(risky))
            }
        }
    }

    @Test("the command line's client gets every answer over a unix socket, which is gone afterwards")
    func unixSocket() async throws {
        let path = "/tmp/riffle-admin-\(UInt32.random(in: 0 ... .max)).sock"
        try await withAdmin(.unix(path: path), token: Self.token) { admin in
            let target = try #require(InspectTarget("\(admin.address)"))
            try await InspectClient.with(target: target, token: Self.token) { client in
                let snapshot = try await client.snapshot()
                #expect(await snapshot == FakeRiffle().snapshot())
                #expect(try await client.top(TopQuery(limit: 2)).count == 2)
                #expect(try await client.explain(ExplainQuery(method: "HEAD", target: "/x")).sentences == ["HEAD /x"])
                #expect(try await client.purge(PurgeRequest(path: "/y", recursive: true)).path == "/y")
            }
            await #expect(throws: InspectError.unauthorized(target, hadToken: false)) {
                try await InspectClient.with(target: target, token: nil) { try await $0.snapshot() }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a client says so when nobody answers")
    func nobody() async throws {
        let target = try #require(InspectTarget("unix:/tmp/riffle-nobody-\(UInt32.random(in: 0 ... .max)).sock"))
        do {
            _ = try await InspectClient.with(target: target, token: nil) { try await $0.snapshot() }
            Issue.record("somebody answered")
        } catch let error as InspectError {
            #expect(error.description.hasPrefix("no riffle answers at unix:"))
        }
    }

    @Test(
        "tokens are equal only when every byte is",
        arguments: [
            ("abc", "abc", true), ("abd", "abc", false), ("abcabc", "abc", false), ("", "abc", false),
            ("abc", "", false),
        ])
    func equality(offered: String, expected: String, same: Bool) {
        #expect(AccessGuard.equal(Array(offered.utf8), Array(expected.utf8)) == same)
    }
}
