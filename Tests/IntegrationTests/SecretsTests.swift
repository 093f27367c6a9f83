import Foundation
import NIOCore
import Testing

/// Traffic with known secrets of every kind, then a search through all that riffle says or leaves anywhere.
@Suite("Secrets", .showingServers, .timeLimit(.minutes(3)))
struct SecretsTests {
    private static let password = "pa55w0rd-of-alice"
    private static let bearer = "t0ken-of-alice-which-nobody-may-see"
    private static let jwt =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJpIiwic3ViIjoiYWxpY2UtaW4tdGhlLWNsYWltcyJ9.c2lnbmF0dXJlLW9mLWFsaWNl"
    private static let cookie = "c00kie-of-alice"
    private static let query = "s1gnature-in-the-query"
    private static let folder = "hidden-folder-name"
    private static let content = "hidden-file-name"

    private static func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// What may stand nowhere, in any spelling a log or dump could have.
    private static let credentials: [String] = [
        password, encoded("alice:\(password)"), bearer, jwt, String(jwt.split(separator: ".")[1]), cookie, query,
        "alice-in-the-claims", "wr0ng-passw0rd", encoded("alice:wr0ng-passw0rd"), encoded("eve:\(bearer)"),
    ]

    private static func search(_ place: String, _ bytes: Data, for secrets: [String]) {
        for secret in secrets {
            let found = bytes.range(of: Data(secret.utf8))
            let context = found.map { range in
                let window = bytes[max(0, range.lowerBound - 60)..<min(bytes.count, range.upperBound + 20)]
                return String(decoding: window, as: UTF8.self)
            }
            #expect(found == nil, "\(secret) stands in \(place): \(context ?? "")")
        }
    }

    @Test("stand in no log, metric, dump, error or answer of the admin plane, and names and bodies not in Redis")
    func nowhere() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(
                users: """
                    user alice password=\(Self.password) token=\(Self.bearer) token=\(Self.jwt)
                    allow /
                    """)
            let folders = URL(fileURLWithPath: origin.root).appending(path: Self.folder)
            try FileManager.default.createDirectory(at: folders, withIntermediateDirectories: true)
            try Data("secret".utf8).write(to: folders.appending(path: "\(Self.content).txt"))
            let redis = try await stage.redis()
            let log = stage.folder["access.log"]
            let riffle = try await stage.riffle(
                before: origin.url, redis: redis.url, dialect: "webdav", prefetch: true,
                set: [
                    "log.level": "trace", "log.access": "all", "log.file": log, "cache.scope": "all",
                    "identity.claims": "auto", "canary.rate": "1", "cache.defaultTTL": "2s",
                ])
            let path = "/\(Self.folder)/"
            let keys = [
                "Basic \(Self.encoded("alice:\(Self.password)"))", "Bearer \(Self.bearer)", "Bearer \(Self.jwt)",
                "Basic \(Self.encoded("alice:wr0ng-passw0rd"))", "Digest username=\"\(Self.bearer)\"",
            ]
            for _ in 0..<3 {
                for key in keys {
                    let probe = riffle.probe.with(key)
                    let cookie = ["Cookie": "sid=\(Self.cookie)"]
                    _ = try await probe.open(path, cookie)
                    _ = try await probe.open("/", cookie)
                    _ = try await probe.send("GET", "\(path)\(Self.content).txt?sig=\(Self.query)", cookie)
                    _ = try await probe.send("PUT", "\(path)new.txt?sig=\(Self.query)", cookie, body: "x")
                    _ = try await probe.send("GET", "\(path)%zz?sig=\(Self.query)", cookie)
                }
            }
            // An S3 key, a malformed request and a failing origin have words of their own.
            _ = try? await riffle.probe.send("GET", "/?X-Amz-Signature=\(Self.query)", ["X-Auth-Token": Self.bearer])
            let raw = try await RawConnection.open(riffle.port)
            await raw.send("GET /x HTTP/1.1\r\nAuthorization : Bearer \(Self.bearer)\r\n\r\n")
            try await raw.awaitClose()
            try await eventually("Redis holds something") { try await redis.size() > 0 }
            await origin.process.stop()
            for key in keys { _ = try await riffle.probe.with(key).open("\(path)gone/") }

            for verb in [["stat"], ["hist"], ["top"], ["explain", path, "--method", "PROPFIND"], ["purge", "/none/"]] {
                for extra in [[], ["--json"]] {
                    let said = try await Command.run(
                        try Programs.built("cache-inspect"), verb + extra + ["--admin", riffle.admin])
                    Self.search(
                        "cache-inspect \(verb[0])", Data((said.output + said.errors).utf8), for: Self.credentials)
                }
            }
            let admin = Probe(base: riffle.admin)
            for place in ["/metrics", "/", "/healthz", "/readyz"] {
                let answer = try await admin.send("GET", place)
                let secrets = place == "/metrics" ? Self.credentials + [Self.folder, Self.content] : Self.credentials
                Self.search(place, Data(answer.body.readableBytesView), for: secrets)
            }
            let dump = stage.folder["dump.rdb"]
            _ = try await redis.command("CONFIG", "SET", "rdbcompression", "no")
            _ = try await redis.command("CONFIG", "SET", "dbfilename", "dump.rdb")
            #expect(try await redis.command("SAVE") == "OK")
            let stored = try #require(FileManager.default.contents(atPath: dump))
            #expect(stored.count > 500)
            Self.search("Redis", stored, for: Self.credentials + [Self.folder, Self.content, "multistatus", "alice"])

            await riffle.stop()
            let lines = try #require(FileManager.default.contents(atPath: log))
            #expect(!lines.isEmpty)
            // The access log names paths, as access logs do; queries and credentials never.
            Self.search("the access log", lines, for: Self.credentials)
            Self.search(
                "riffle's own output", Data((riffle.process.output + riffle.process.errors).utf8), for: Self.credentials
            )
        }
    }
}
