import Testing

@testable import RiffleListings

/// Which PROPFIND requests ask for a listing, and which of them ask for the same one.
@Suite struct PropfindFormTests {
    static let depths = ["Depth: 1", "Depth: 0", "Depth: 1,noroot"]

    @Test("a PROPFIND of known depth asks for a listing", arguments: depths)
    func listing(depth: String) {
        let asked = Asked.propfind("/a%20b/c/", [depth])
        #expect(asked.isListing)
        #expect(asked.path == "/a%20b/c/")
    }

    @Test("each depth is a form of its own")
    func depthForms() {
        #expect(Set(Self.depths.map { Asked.propfind("/a/", [$0]).form }).count == 3)
    }

    @Test(
        "what is no listing passes through, and says why",
        arguments: [
            ([], BypassCause.notAListing), (["Depth: infinity"], .notAListing), (["Depth: 2"], .notAListing),
            (["Depth: 1", "Depth: 1"], .notAListing), (["Depth: 1", "Range: bytes=0-1"], .range),
            (["Depth: 1", "If: (<urn:x>)"], .conditional), (["Depth: 1", "Lock-Token: <urn:x>"], .conditional),
            (["Depth: 1", "If-None-Match: \"a\""], .conditional), (["Depth: 1", "Label: v1"], .notAListing),
            (["Depth: 1", "Content-Encoding: gzip"], .notAListing),
            (["Depth: 1", "Content-Type: text/xml; charset=utf-16"], .notAListing),
        ] as [([String], BypassCause)])
    func bypass(fields: [String], cause: BypassCause) {
        #expect(Asked.propfind("/a/", fields).kind == .passThrough(cause))
    }

    @Test("an ambiguous path passes through", arguments: ["/a/../b/", "/a//b/", "/a%2Fb/", "/a;x/", "/a%5Cb/"])
    func ambiguous(path: String) {
        #expect(Asked.propfind(path).kind == .passThrough(.ambiguousPath))
    }

    @Test("a very long body passes through")
    func largeBody() {
        let body = String(repeating: " ", count: PropfindForm.bodyLimit + 1)
        #expect(Asked.propfind("/a/", body: body).kind == .passThrough(.largeRequestBody))
    }

    @Test("other safe methods pass through, all others write")
    func methods() {
        for method in ["GET", "HEAD", "OPTIONS", "REPORT", "SEARCH"] {
            #expect(Asked("\(method) /a/", ["Depth: 1"]).kind == .passThrough(.notAListing))
        }
        for method in ["PUT", "POST", "DELETE", "MKCOL", "MOVE", "COPY", "PROPPATCH", "LOCK", "UNLOCK", "PATCH", "ACL"]
        {
            #expect(Asked("\(method) /a/").kind == .write)
        }
    }

    @Test("the slashless spelling names the same folder in a form of its own")
    func slashless() {
        let with = Asked.propfind("/a/")
        let without = Asked.propfind("/a")
        #expect(with.path == without.path)
        #expect(with.form != without.form)
        #expect(
            Dialect.webdav.target(of: Array("/a/".utf8), form: with.form, like: Array("/f/".utf8)) == Array("/a/".utf8))
        #expect(
            Dialect.webdav.target(of: Array("/a/".utf8), form: without.form, like: Array("/f".utf8)) == Array("/a".utf8)
        )
    }

    @Test(
        "what may change the answer is part of the form",
        arguments: [
            "Prefer: return=minimal", "Brief: t", "Accept: text/xml", "Content-Type: application/x-www-form-urlencoded",
        ])
    func selecting(field: String) {
        let asked = Asked.propfind("/a/", ["Depth: 1", field])
        #expect(asked.isListing)
        #expect(asked.form != Asked.propfind("/a/").form)
    }

    @Test(
        "what does not change the answer is no part of the form",
        arguments: ["Accept: */*", "User-Agent: x", "TE: trailers"])
    func indifferent(field: String) {
        #expect(Asked.propfind("/a/", ["Depth: 1", field]).form == Asked.propfind("/a/").form)
    }

    @Test("the query is part of the form, and an empty one is not none")
    func query() {
        #expect(Set(["/a/", "/a/?", "/a/?x", "/a/?y"].map { Asked.propfind($0).form }).count == 4)
    }

    @Test(
        "a request that claims to be another one is never a listing",
        arguments: [
            (["X-HTTP-Method-Override: DELETE"], RequestKind.write), (["X-HTTP-Method: MERGE"], .write),
            (["X-HTTP-Method-Override: get"], .passThrough(.notAListing)),
            (["X-Original-URL: /b/"], .passThrough(.notAListing)), (["X-Rewrite-URL: /b/"], .passThrough(.notAListing)),
            (["X-HTTP-Method-Override: GET", "X-HTTP-Method: DELETE"], .write),
        ] as [([String], RequestKind)])
    func overridden(fields: [String], kind: RequestKind) {
        #expect(Asked.propfind("/a/", ["Depth: 1"] + fields).kind == kind)
        #expect(Asked("GET /a/", fields, dialect: .autoindex).kind == kind)
    }
}
