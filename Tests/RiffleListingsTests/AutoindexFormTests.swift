import Testing

@testable import RiffleListings

/// Which requests ask nginx for a listing.
@Suite struct AutoindexFormTests {
    static func ask(_ line: String, _ fields: [String] = [], body: String = "") -> Asked {
        Asked(line, fields, body: body, dialect: .autoindex)
    }

    @Test("GET of a path with a slash asks for a listing, and HEAD for the same one")
    func listing() {
        let asked = Self.ask("GET /a%20b/%c3%a9/")
        #expect(asked.isListing)
        #expect(asked.path == "/a%20b/%C3%A9/")
        #expect(Self.ask("HEAD /a%20b/%c3%a9/").form == asked.form)
    }

    @Test("queries and Accept tell forms apart")
    func forms() {
        let forms = [
            Self.ask("GET /a/"), Self.ask("GET /a/?C=N"), Self.ask("GET /a/?C=M"),
            Self.ask("GET /a/", ["Accept: text/html"]),
        ].map { $0.form }
        #expect(Set(forms).count == forms.count)
        #expect(Self.ask("GET /a/", ["Accept: */*"]).form == forms[0])
    }

    @Test(
        "what is no listing passes through, and says why",
        arguments: [
            ("GET /a", [], BypassCause.notAListing), ("OPTIONS /a/", [], .notAListing),
            ("PROPFIND /a/", [], .notAListing),
            ("GET /a/", ["Range: bytes=0-"], .range), ("GET /a/", ["If-Match: \"x\""], .conditional),
            ("GET /a//", [], .ambiguousPath), ("GET /a/../", [], .ambiguousPath), ("GET /a;b/", [], .ambiguousPath),
        ] as [(String, [String], BypassCause)])
    func bypass(line: String, fields: [String], cause: BypassCause) {
        #expect(Self.ask(line, fields).kind == .passThrough(cause))
    }

    @Test("a GET with a body passes through")
    func body() {
        #expect(Self.ask("GET /a/", body: "x").kind == .passThrough(.notAListing))
    }

    @Test("no form of one dialect is a form of the other")
    func dialects() {
        #expect(Self.ask("GET /a/").form.first != Asked.propfind("/a/").form.first)
    }
}
