import Testing

@testable import RiffleListings

@Suite("Which requests list a folder of Graph")
struct GraphFormTests {
    private static func ask(_ target: String, _ fields: [String] = []) -> Asked {
        Asked("GET \(target)", fields, dialect: .graph)
    }

    @Test(
        "every addressing form and spelling comes out as one canonical path",
        arguments: [
            ("/v1.0/me/drive/root/children", "/me/drive/root/"),
            ("/beta/me/drive/root/children", "/me/drive/root/"),
            ("/v1.0/drives/b!x/root/children", "/drives/b!x/root/"),
            ("/v1.0/drives/b%21x/items/root/children", "/drives/b!x/root/"),
            ("/v1.0/drives('b!x')/items('01A')/children", "/drives/b!x/items/01A/"),
            ("/v1.0/me/drive/items/01A/children", "/me/drive/items/01A/"),
            ("/v1.0/me/drive/items/01A/children/", "/me/drive/items/01A/"),
            ("/v1.0/users/u@x.test/drive/root/children", "/users/u@x.test/drive/root/"),
            ("/v1.0/sites/s1/drives/d/items/i/children", "/drives/d/items/i/"),
            ("/v1.0/sites/s1/drive/root/children", "/sites/s1/drive/root/"),
            ("/v1.0/sites/x.test:/sites/team:/drive/root/children", "/sites/x.test:%2Fsites%2Fteam:/drive/root/"),
            ("/v1.0/sites/s/lists/l/drive/root/children", "/sites/s/lists/l/drive/root/"),
            ("/v1.0/shares/u!abc/driveItem/children", "/shares/u!abc/driveItem/"),
            ("/v1.0/me/drive/special/documents/children", "/me/drive/special/documents/"),
            ("/v1.0/me/drive/root:/a/b:/children", "/me/drive/root/a/b/"),
            ("/v1.0/me/drive/root:/My%20Docs/a%20b://children", "/me/drive/root/My%20Docs/a%20b/"),
            ("/v1.0/me/drive/items/root%3A%2FMy%20Docs%2Fa%20b%3A/children", "/me/drive/root/My%20Docs/a%20b/"),
            ("/v1.0/me/drive/items/01A:/b/c:/children", "/me/drive/items/01A/b/c/"),
            ("/sites/s/_api/v2.0/drive/root/children", "/sites/s/_api/drive/root/"),
            ("/_api/v2.1/drives/d/items/i/children", "/_api/drives/d/items/i/"),
        ])
    func paths(target: String, path: String) {
        let asked = Self.ask(target)
        #expect(asked.isListing, "\(asked.kind)")
        #expect(asked.path == path)
    }

    @Test(
        "what asks for anything else, or could be read in two ways, is none",
        arguments: [
            "/v1.0/me/drive/root", "/v1.0/me/drive", "/v1.0/me/drive/root/delta", "/v1.0/me/messages",
            "/v1.0/me/drive/items/01A/content", "/v1.0/me/drive/recent", "/v1.0/me/drive/root/search(q='x')",
            "/v2.0/me/drive/root/children", "/me/drive/root/children", "/v1.0/drives//items/i/children",
            "/v1.0/me/drive/root:/a//b:/children", "/v1.0/me/drive/root:/../a:/children",
            "/v1.0/me/drive/root:/a%5Cb:/children", "/v1.0/me/drive//root/children", "/v1.0/me/drive/root/children/x",
            "/v1.0/me/drive/root/children?$skiptoken=abc", "/v1.0/me/drive/root/children?$top=1&top=2",
            "/v1.0/me/drive/root?$expand=thumbnails", "/v1.0/me/drive/root/children?riffle-page=1.2.3.4",
        ])
    func others(target: String) {
        #expect(!Self.ask(target).isListing)
    }

    @Test("a loop that has seen other queries gives a request without one the same form")
    func emptyQuery() {
        func form(_ bodies: inout BodyForms, _ query: String) -> [UInt8] {
            var buffer = FormBuffer()
            let isListing = Array(query.utf8).withUnsafeBytes { bodies.append(graphQuery: $0, to: &buffer) }
            #expect(isListing)
            return buffer.form
        }
        var fresh = BodyForms()
        var busy = BodyForms()
        for top in 1...FormMemo.slots * 4 { _ = form(&busy, "$top=\(top)") }
        #expect(form(&fresh, "") == form(&busy, ""))
        #expect(form(&fresh, "") == form(&fresh, ""))
    }

    @Test(
        "queries that say the same have one form",
        arguments: [
            ("$top=5&$select=id,name", "%24select=name,%20id&top=5"), ("$orderby=name", "$OrderBy=name"),
            ("$select=id,name", "$select=name,id,name"),
        ])
    func sameQueries(left: String, right: String) {
        let (left, right) = (
            Self.ask("/v1.0/me/drive/root/children?\(left)"), Self.ask("/v1.0/me/drive/root/children?\(right)")
        )
        #expect(left.isListing && right.isListing)
        #expect(left.form == right.form)
    }

    @Test(
        "what changes the answer changes the form",
        arguments: [
            ("/v1.0/me/drive/root/children", "/beta/me/drive/root/children", [] as [String]),
            ("/v1.0/me/drive/root/children", "/v1.0/me/drive/root/children?$top=5", []),
            ("/v1.0/me/drive/root/children?$select=id", "/v1.0/me/drive/root/children?$select=name", []),
            ("/v1.0/me/drive/root/children", "/v1.0/me/drive/root?$expand=children", []),
            (
                "/v1.0/me/drive/root/children", "/v1.0/me/drive/root/children",
                ["Accept: application/json;odata.metadata=none"]
            ),
            ("/v1.0/me/drive/root/children", "/v1.0/me/drive/root/children", ["Prefer: HonorNonIndexedQueriesWarning"]),
        ])
    func differs(left: String, right: String, fields: [String]) {
        #expect(Self.ask(left).form != Self.ask(right, fields).form)
    }

    @Test("a page belongs to the chain that its link names, and to no other")
    func chains() {
        let base = "/v1.0/me/drive/root/children?$skiptoken=abc&riffle-page="
        let one = Self.ask(base + "1.2.3.4")
        #expect(one.isListing)
        #expect(one.form == Self.ask(base + "1.2.3.4").form)
        #expect(one.form != Self.ask(base + "1.5.3.4").form)
    }

    @Test(
        "a target is made for another folder in the spelling of the form",
        arguments: [
            ("/v1.0/me/drive/root/children?$top=9", "/me/drive/items/01B/", "/v1.0/me/drive/items/01B/children?$top=9"),
            ("/beta/me/drive/root:/a:/children", "/me/drive/root/a/b%20c/", "/beta/me/drive/root:/a/b%20c:/children"),
            ("/v1.0/me/drive/items/1:/x:/children", "/me/drive/items/1/x/y/", "/v1.0/me/drive/items/1:/x/y:/children"),
            ("/v1.0/drives/d/root/children", "/drives/e/items/7/", "/v1.0/drives/e/items/7/children"),
            ("/s/_api/v2.0/drive/root/children", "/s/_api/drive/items/7/", "/s/_api/v2.0/drive/items/7/children"),
            ("/v1.0/me/drive/root?$expand=children", "/me/drive/items/7/", "/v1.0/me/drive/items/7?$expand=children"),
        ])
    func targets(example: String, path: String, target: String) {
        let made = Dialect.graph.target(
            of: Array(path.utf8), form: Self.ask(example).form, like: Array(example.utf8))
        #expect(made.map { String(decoding: $0, as: UTF8.self) } == target)
    }

    @Test("no target is made like that of a page in a chain")
    func noTargets() {
        let example = "/v1.0/me/drive/root/children?$skiptoken=abc&riffle-page=1.2.3.4"
        let made = Dialect.graph.target(
            of: Array("/me/drive/items/7/".utf8), form: Self.ask(example).form, like: Array(example.utf8))
        #expect(made == nil)
    }

    @Test("what riffle wrote into a link does not reach the origin")
    func unchained() {
        let chain = PageChain(node: 1, mark: 2, generation: 3, end: 4)
        for target in ["/c?$top=1&$skiptoken=a", "/c"] {
            let linked = chain.added(to: Array(target.utf8))
            #expect(linked.count > target.utf8.count)
            #expect(Dialect.graph.unchained(linked) == Array(target.utf8))
        }
    }
}
