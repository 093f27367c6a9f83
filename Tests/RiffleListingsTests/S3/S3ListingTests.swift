import Testing

@testable import RiffleListings

@Suite("Which answers of S3 are whole listings")
struct S3ListingTests {
    static let line = "GET /docs?list-type=2&prefix=a%2F&delimiter=%2F"

    /// - Parameter rest: what stands behind name and prefix.
    static func answer(_ rest: String, name: String = "docs", prefix: String = "a/") -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            + "<Name>\(name)</Name><Prefix>\(prefix)</Prefix>\(rest)</ListBucketResult>"
    }

    static let whole = "<IsTruncated>false</IsTruncated>"
    static func object(_ key: String) -> String { "<Contents><Key>\(key)</Key><Size>1</Size></Contents>" }
    static func folder(_ prefix: String) -> String { "<CommonPrefixes><Prefix>\(prefix)</Prefix></CommonPrefixes>" }

    @Test("objects and common prefixes are its members, prefixes its folders")
    func members() throws {
        let body = Self.answer(
            Self.whole + Self.object("a/x &amp; y") + Self.folder("a/b/") + Self.folder("a/My Docs/"))
        let confirmation = S3Asking.confirm(Self.line, body)
        #expect(confirmation.childFolders == ["/docs/a/b/", "/docs/a/My%20Docs/"])
        #expect(confirmation.shape?.childCount == 3)
        #expect(confirmation.shape?.next == nil)
    }

    @Test("names in URL coding are read as what they stand for")
    func encoded() {
        let line = Self.line + "&encoding-type=url"
        let body = Self.answer(Self.whole + Self.folder("a%2FMy+Docs%2F"), prefix: "a%2F")
        #expect(S3Asking.confirm(line, body).childFolders == ["/docs/a/My%20Docs/"])
        // A server that leaves its echo as it was asked for.
        let plain = Self.answer(Self.whole + Self.folder("a/%C3%BC/"))
        #expect(S3Asking.confirm(line, plain).childFolders == ["/docs/a/%C3%BC/"])
    }

    @Test("a page says where the next one is")
    func pages() throws {
        let more = "<IsTruncated>true</IsTruncated>"
        let body = Self.answer(more + "<NextContinuationToken>1/x&amp;y=</NextContinuationToken>" + Self.object("a/x"))
        let shape = try #require(S3Asking.confirm(Self.line, body).shape)
        let next = try #require(shape.next)
        #expect(next.value == Array("1/x&y=".utf8))
        #expect(Array(body.utf8)[next.range].elementsEqual("1/x&amp;y=".utf8))
        let first = "GET /docs?prefix=a%2F&delimiter=%2F"
        #expect(S3Asking.confirm(first, Self.answer(more + "<NextMarker>a/x</NextMarker>")).shape != nil)
        let flat = "GET /docs?prefix=a%2F"
        #expect(S3Asking.confirm(flat, Self.answer(more + Self.object("a/x"))).shape != nil)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: String
        let failure: ConfirmationFailure
    }

    @Test(
        "an answer that is not that listing, or not all of it, is refused",
        arguments: [
            Case(
                testDescription: "another bucket", body: answer(whole, name: "other"), failure: .foreignPath),
            Case(testDescription: "another prefix", body: answer(whole, prefix: "b/"), failure: .foreignPath),
            Case(
                testDescription: "a key elsewhere", body: answer(whole + object("b/x")), failure: .foreignPath),
            Case(
                testDescription: "a prefix elsewhere", body: answer(whole + folder("b/")), failure: .foreignPath),
            Case(
                testDescription: "a prefix that is the folder itself", body: answer(whole + folder("a/")),
                failure: .foreignPath),
            Case(testDescription: "no word on whether more follows", body: answer(""), failure: .malformed),
            Case(
                testDescription: "more follows, but nobody says where",
                body: answer("<IsTruncated>true</IsTruncated>"), failure: .incomplete),
            Case(
                testDescription: "cut short", body: String(answer(whole + object("a/x")).dropLast(20)),
                failure: .incomplete),
            Case(
                testDescription: "an error document", body: "<Error><Code>SlowDown</Code></Error>", failure: .malformed),
            Case(
                testDescription: "a member without a key", body: answer(whole + "<Contents><Size>1</Size></Contents>"),
                failure: .malformed),
            Case(
                testDescription: "a document type", body: "<!DOCTYPE x>" + answer(whole), failure: .doctype),
            Case(
                testDescription: "without its prefix",
                body: "<ListBucketResult><Name>docs</Name>\(whole)</ListBucketResult>", failure: .noSelf),
        ])
    func refused(_ sample: Case) {
        #expect(S3Asking.confirm(Self.line, sample.body) == .refused(sample.failure))
    }

    @Test("another status or type is refused")
    func wrongAnswer() {
        let body = Self.answer(Self.whole)
        #expect(S3Asking.confirm(Self.line, body, status: 206) == .refused(.wrongStatus))
        #expect(S3Asking.confirm(Self.line, body, type: "text/html") == .refused(.wrongType))
    }
}
