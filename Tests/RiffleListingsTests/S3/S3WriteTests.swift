import RiffleHTTP
import Testing

@testable import RiffleListings

@Suite("Which listings a request to S3 may change")
struct S3WriteTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        var fields: [String] = []
        var host = "files.test"
        var body: String?
        let changes: Set<String>
        var testDescription: String { "\(line) \(fields) \(body ?? "")" }
    }

    @Test(
        "every folder above the key, and nothing beside it",
        arguments: [
            Case(line: "PUT /docs/a/b/c.txt", changes: ["=/docs/", "=/docs/a/", "=/docs/a/b/"]),
            Case(line: "PUT /docs/top.txt", changes: ["=/docs/"]),
            Case(line: "PUT /docs/a%20b/%63", changes: ["=/docs/", "=/docs/a%20b/"]),
            Case(line: "PUT /docs/dir/", changes: ["=/docs/", "=/docs/dir/"]),
            Case(line: "PUT /docs/a//b", changes: ["=/docs/", "=/docs/a/", "=/docs/a//"]),
            Case(line: "PUT /docs/a/../b", changes: ["=/docs/", "=/docs/a/", "=/docs/a/../"]),
            Case(line: "PUT /a/b", host: "docs.s3.test", changes: ["=/docs/", "=/docs/a/"]),
            Case(line: "DELETE /docs/a/b?versionId=3", changes: ["=/docs/", "=/docs/a/"]),
            Case(
                line: "PUT /docs/a/copy", fields: ["x-amz-copy-source: other/x/y"], changes: ["=/docs/", "=/docs/a/"]),
            Case(line: "POST /docs/a/big?uploadId=7", changes: ["=/docs/", "=/docs/a/"]),
            Case(line: "POST /docs/a/b?restore", changes: ["=/docs/", "=/docs/a/"]),
            Case(line: "PUT /docs/a/b?renameObject", fields: ["x-amz-rename-source: c"], changes: ["/docs/**"]),
            Case(line: "POST /docs", fields: ["Content-Type: multipart/form-data; boundary=x"], changes: ["/docs/**"]),
            Case(line: "PUT /docs", changes: ["/docs/**"]),
            Case(line: "DELETE /docs", changes: ["/docs/**"]),
            Case(line: "PUT /docs?policy", changes: ["/docs/**"]),
            Case(line: "PUT /docs?acl", changes: ["/docs/**"]),
            Case(line: "DELETE /docs?publicAccessBlock", changes: ["/docs/**"]),
            Case(line: "PUT /docs?somethingNew", changes: ["/docs/**"]),
            Case(line: "POST /docs?delete", changes: ["/docs/**"]),
            Case(line: "POST /docs?delete", body: "<Delete><Object>", changes: ["/docs/**"]),
            Case(
                line: "POST /docs?delete",
                body: "<Delete><Quiet>true</Quiet><Object><Key>a/x&amp;y</Key><VersionId>1</VersionId></Object>"
                    + "<Object><Key>b/c/d</Key></Object></Delete>",
                changes: ["=/docs/", "=/docs/a/", "=/docs/b/", "=/docs/b/c/"]),
            Case(line: "PUT /", changes: ["*"]),
            Case(line: "PUT /docs/%2", changes: ["*"]),
            Case(line: "PUT /docs/a", fields: ["X-HTTP-Method-Override: DELETE"], changes: ["*"]),
        ])
    func changes(_ sample: Case) throws {
        let effects = try #require(
            S3Asking.effects(sample.line, sample.fields, host: sample.host, body: sample.body))
        #expect(WriteTests.spell(effects.changes) == sample.changes)
        #expect(effects.fence == effects.changes)
    }

    @Test(
        "what no listing shows voids none",
        arguments: [
            "POST /docs/big?uploads", "PUT /docs/big?partNumber=1&uploadId=7", "DELETE /docs/big?uploadId=7",
            "PUT /docs/a?tagging", "PUT /docs/a?acl", "PUT /docs/a?retention", "PUT /docs?lifecycle",
            "PUT /docs?versioning", "DELETE /docs?cors", "POST /docs/a?select&select-type=2",
        ])
    func nothing(_ line: String) throws {
        #expect(try #require(S3Asking.effects(line)).changes.isEmpty)
    }

    @Test("keys deeper than can be voided one by one void their bucket")
    func deep() throws {
        let key = String(repeating: "a/", count: 200)
        #expect(WriteTests.spell(try #require(S3Asking.effects("PUT /docs/\(key)")).changes) == ["/docs/**"])
    }

    @Test("answers that come before their work is done are waited for")
    func early() throws {
        for line in ["POST /docs/a?uploadId=7", "POST /docs?delete"] {
            #expect(try #require(S3Asking.effects(line)).outcome == .atEnd)
        }
        #expect(try #require(S3Asking.effects("PUT /docs/a", ["X-Amz-Copy-Source: b/c"])).outcome == .atEnd)
        #expect(try #require(S3Asking.effects("PUT /docs/a")).outcome == .inHead)
    }

    @Test("only a delete of many keys is read")
    func bodies() {
        func reads(_ line: String) -> Bool? {
            S3Asking.parsed(line, [], host: "files.test") {
                Dialect.s3.readsBody(ofWrite: $0, bytes: $1, rules: S3Asking.rules)
            }
        }
        #expect(reads("POST /docs?delete") == true)
        #expect(reads("POST /docs/key?delete") == false)
        #expect(reads("PUT /docs?delete") == false)
        #expect(reads("POST /docs") == false)
    }

    @Test("a definite refusal voids nothing, an open outcome everything it might")
    func aftermath() throws {
        let effects = try #require(S3Asking.effects("PUT /docs/a"))
        for status in [403, 404, 412] {
            #expect(Dialect.s3.aftermath(effects, answer: WriteAnswer(status: status)).changes.isEmpty)
        }
        for status in [200, 301, 408, 500, 503] {
            #expect(Dialect.s3.aftermath(effects, answer: WriteAnswer(status: status)).changes == effects.changes)
        }
        #expect(Dialect.s3.aftermath(effects, answer: nil).changes == effects.changes)
    }
}
