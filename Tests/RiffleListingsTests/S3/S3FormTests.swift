import RiffleHTTP
import Testing

@testable import RiffleListings

@Suite("Which requests list a folder of S3")
struct S3FormTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        var host = "files.test"
        /// nil: the request passes through.
        let folder: String?
        var testDescription: String { "\(line) at \(host)" }
    }

    @Test(
        "the folder is the bucket with the prefix up to its last slash",
        arguments: [
            Case(line: "GET /docs", folder: "/docs/"),
            Case(line: "GET /docs/", folder: "/docs/"),
            Case(line: "GET /docs?list-type=2&prefix=a%2Fb%2F&delimiter=%2F", folder: "/docs/a/b/"),
            Case(line: "GET /docs?list-type=2&prefix=a/b/c", folder: "/docs/a/b/"),
            Case(line: "GET /docs?delimiter=%2F&max-keys=1000&prefix=a%2F", folder: "/docs/a/"),
            Case(line: "GET /docs?prefix=My+Docs%2F%C3%BC%2F", folder: "/docs/My%20Docs/%C3%BC/"),
            Case(line: "GET /docs?prefix=a%2F%2Fb%2F..%2F", folder: "/docs/a//b/../"),
            Case(line: "GET /docs?list-type=2&start-after=a", folder: "/docs/"),
            Case(line: "GET /docs?list-type=2&fetch-owner=true&encoding-type=url&x-id=ListObjectsV2", folder: "/docs/"),
            Case(line: "GET /docs?list-type=2&X-Amz-Signature=ab&X-Amz-Date=1", folder: "/docs/"),
            Case(line: "HEAD /docs?list-type=2", folder: "/docs/"),
            Case(line: "GET /?list-type=2&prefix=a%2F", host: "docs.s3.test:8080", folder: "/docs/a/"),
            Case(line: "GET /?list-type=2", host: "my.docs.S3.test", folder: "/my.docs/"),
            Case(line: "GET /docs?prefix=", host: "s3.test", folder: "/docs/"),
            Case(line: "GET /docs?prefix=", host: "xs3.test", folder: "/docs/"),
            Case(line: "GET /key", host: "docs.s3.test", folder: nil),
            Case(line: "GET /", folder: nil),
            Case(line: "GET /docs/key", folder: nil),
            Case(line: "GET /docs?versions", folder: nil),
            Case(line: "GET /docs?uploads", folder: nil),
            Case(line: "GET /docs?location", folder: nil),
            Case(line: "GET /docs?list-type=3", folder: nil),
            Case(line: "GET /docs?prefix=a&prefix=b", folder: nil),
            Case(line: "GET /docs?marker=a", folder: nil),
            Case(line: "GET /docs?marker=", folder: "/docs/"),
            Case(line: "GET /docs?prefix=%2", folder: nil),
            Case(line: "GET /..", folder: nil),
            Case(line: "GET /docs?whatever=1", folder: nil),
        ])
    func folders(_ sample: Case) {
        let asked = S3Asking.ask(sample.line, host: sample.host)
        #expect((asked.kind == .listing) == (sample.folder != nil))
        if let folder = sample.folder { #expect(asked.path == folder) }
    }

    @Test("a listing whose signature only passes by is not answered")
    func transparent() {
        #expect(S3Asking.ask("GET /docs?list-type=2", rules: DialectRules()).kind == .passThrough(.signedForOne))
    }

    @Test(
        "what shapes the answer tells forms apart",
        arguments: [
            "list-type=2", "list-type=2&prefix=b", "list-type=2&delimiter=%2F", "list-type=2&max-keys=5",
            "list-type=2&start-after=a", "list-type=2&continuation-token=a", "list-type=2&fetch-owner=true",
            "list-type=2&encoding-type=url", "delimiter=%7C",
        ])
    func distinct(_ query: String) {
        let plain = S3Asking.ask("GET /docs").form
        #expect(S3Asking.ask("GET /docs?\(query)").form != plain)
    }

    @Test(
        "what does not shape it does not",
        arguments: [
            "delimiter=/&list-type=2&prefix=a/", "prefix=a%2F&delimiter=%2F&list-type=2",
            "list-type=2&prefix=%61%2f&delimiter=%2F&X-Amz-Signature=00&X-Amz-Expires=60&x-id=ListObjectsV2",
        ])
    func same(_ query: String) {
        let one = S3Asking.ask("GET /docs?list-type=2&delimiter=%2F&prefix=a%2F")
        let other = S3Asking.ask("GET /docs?\(query)", ["User-Agent: other", "Authorization: AWS4-HMAC-SHA256 x"])
        #expect(one.form == other.form && one.path == other.path)
    }

    @Test("whose bucket it must be, who pays and which site asks are part of the form")
    func fields() {
        let plain = S3Asking.ask("GET /docs").form
        for field in ["x-amz-request-payer: requester", "X-Amz-Expected-Bucket-Owner: 1", "Origin: https://a.test"] {
            #expect(S3Asking.ask("GET /docs", [field]).form != plain)
        }
    }

    @Test("the same form is asked of another folder by its prefix")
    func target() throws {
        let asked = S3Asking.ask("GET /docs?list-type=2&prefix=a%2F&delimiter=%2F&max-keys=7&encoding-type=url")
        func target(_ path: String) -> String? {
            Dialect.s3.target(of: Array(path.utf8), form: asked.form, like: [], rules: S3Asking.rules)
                .map { String(decoding: $0, as: UTF8.self) }
        }
        let other = try #require(target("/docs/a/My%20Docs/"))
        let asking = S3Asking.ask("GET " + other)
        #expect(asking.kind == .listing)
        #expect(asking.path == "/docs/a/My%20Docs/")
        #expect(asking.form == asked.form)
        for query in ["prefix=a%2Fb", "list-type=2&start-after=x", "list-type=2&continuation-token=t"] {
            let form = S3Asking.ask("GET /docs?\(query)").form
            #expect(Dialect.s3.target(of: Array("/docs/z/".utf8), form: form, like: []) == nil)
        }
    }

    @Test("a token leads back to the origin's, and to the chain of its page")
    func tokens() throws {
        let chain = PageChain(node: 7, mark: 9, generation: 11, end: 13)
        let token = try #require(Dialect.s3.chained(Array("1/Ab+c==".utf8), to: chain) { _ in nil })
        var encoded: [UInt8] = []
        for byte in token { encoded += Array("%\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8) }
        let line = "GET /docs?continuation-token=\(String(decoding: encoded, as: UTF8.self))&list-type=2"
        let found = S3Asking.parsed(line, [], host: "files.test") { head, bytes in
            (
                Dialect.s3.chain(of: head, bytes: bytes),
                S3Outbound.target(
                    S3Target(bucket: Array("docs".utf8), key: []),
                    query: UnsafeRawBufferPointer(rebasing: bytes[head.query.range]))
            )
        }
        #expect(found?.0 == chain)
        #expect(found?.1 == Array("/docs?list-type=2&continuation-token=1%2FAb%2Bc%3D%3D".utf8))
    }

    @Test(
        "what goes on says the same without its signature",
        arguments: [
            ("uploads", "/docs?uploads"), ("", "/docs"), ("X-Amz-Signature=1&X-Amz-Date=2", "/docs"),
            ("prefix=a+b&list-type=2&x-id=L", "/docs?list-type=2&prefix=a%20b"),
        ])
    func outbound(_ query: String, target: String) {
        let bucket = S3Target(bucket: Array("docs".utf8), key: [])
        let out = Array(query.utf8).withUnsafeBytes { S3Outbound.target(bucket, query: $0) }
        #expect(out.map { String(decoding: $0, as: UTF8.self) } == target)
    }
}
