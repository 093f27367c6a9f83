import RiffleHTTP
import Testing

@testable import RiffleListings

@Suite("Path patterns")
struct PathPatternTests {
    private static func match(_ pattern: String, _ path: String) throws -> [String: String]? {
        try PathPattern(pattern).match(Array(path.utf8)[...])?.mapValues { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "match segments and name what stood there",
        arguments: [
            ("/a/b", "/a/b", [:]), ("/a/b", "/a/b/", [:]), ("/a/{x}", "/a/b%20c", ["x": "b%20c"]),
            ("/a/{x*}/c", "/a/c", ["x": ""]), ("/a/{x*}/c", "/a/1/2/c/c", ["x": "1/2/c"]), ("/{x*}", "/", ["x": ""]),
            ("/{x*}", "/a/b/", ["x": "a/b"]), ("/{d}/{x*}/{f}", "/1/2", ["d": "1", "x": "", "f": "2"]),
            ("/{d}/{x*}/{f}", "/1/2/3/4", ["d": "1", "x": "2/3", "f": "4"]),
        ] as [(String, String, [String: String])])
    func matches(pattern: String, path: String, captures: [String: String]) throws {
        #expect(try Self.match(pattern, path) == captures)
    }

    @Test(
        "match nothing else",
        arguments: [("/a/b", "/a"), ("/a/b", "/a/b/c"), ("/a/{x}", "/a"), ("/a/{x*}/c", "/a/b"), ("/{x}/{y*}", "/")])
    func mismatches(pattern: String, path: String) throws {
        #expect(try Self.match(pattern, path) == nil)
    }

    @Test(
        "are refused when they could be read in two ways",
        arguments: [
            ("a/b", .noSlash), ("/{}", .brokenName), ("/{x", .brokenName), ("/pre{x}", .brokenName),
            ("/{x y}", .brokenName), ("/{x}/{x}", .repeatedName), ("/{x*}/{y*}", .twoOpenEnded), ("/a/../b", .unsafe),
            ("/a/%2F", .unsafe),
        ] as [(String, PathPattern.Mistake)])
    func mistakes(text: String, mistake: PathPattern.Mistake) {
        #expect(throws: mistake) { try PathPattern(text) }
    }

    @Test("are filled in again from what they matched", arguments: ["/a/1/2/c", "/a/c"])
    func expand(path: String) throws {
        let pattern = try PathPattern("/a/{x*}/c")
        let captures = try #require(pattern.match(Array(path.utf8)[...]))
        #expect(pattern.expand(captures, slash: false).map { String(decoding: $0, as: UTF8.self) } == path)
        #expect(try PathPattern("/{y}/").expand(captures, slash: true) == nil)
    }
}

@Suite("An operator's rules")
struct OperatorRuleTests {
    private static func pattern(_ text: String) throws -> PathPattern { try PathPattern(text) }

    static func listing(query: [String]? = nil, next: String? = nil, isFolder: String = "/type=dir") throws
        -> OperatorRules.Listing
    {
        OperatorRules.Listing(
            path: try pattern("/api/{path*}/children"), folder: try pattern("/{path*}/"),
            query: query?.map { Array($0.utf8) }, items: try #require(JSONPointer("/data/entries")),
            name: try #require(JSONPointer("/name")), isFolder: JSONTest(isFolder),
            next: try next.map { try #require(JSONPointer($0)) })
    }

    private struct Asked {
        var kind: RequestKind
        var path: String
        var form: [UInt8]
        var effects: Set<String>
    }

    private static func ask(_ line: String, _ fields: [String] = [], _ rules: OperatorRules, _ dialect: Dialect = .json)
        -> Asked
    {
        let bytes = Array(RiffleListingsTests.Asked.head(line, fields).utf8)
        return bytes.withUnsafeBytes { bytes in
            var head = RequestHead()
            _ = RequestParser.parse(bytes, into: &head)
            var buffer = FormBuffer()
            var bodies = BodyForms()
            var all = DialectRules()
            all.operator = rules
            let kind = dialect.classify(
                head, bytes: bytes, body: UnsafeRawBufferPointer(start: nil, count: 0), rules: all, into: &buffer,
                bodies: &bodies)
            let effects = WriteTests.spell(dialect.effects(of: head, bytes: bytes, rules: all).changes)
            return Asked(
                kind: kind, path: String(decoding: buffer.path, as: UTF8.self), form: buffer.form, effects: effects)
        }
    }

    @Test("a request that a rule takes for a listing is one, of the folder that the rule names")
    func classified() throws {
        var rules = OperatorRules()
        rules.listings = [try Self.listing()]
        let asked = Self.ask("GET /api/a/b%20c/children", [], rules)
        #expect(asked.kind == .listing)
        #expect(asked.path == "/a/b%20c/")
        #expect(Self.ask("GET /api/children", [], rules).path == "/")
        #expect(Self.ask("GET /api/a", [], rules).kind == .passThrough(.notAListing))
        #expect(Self.ask("GET /api/a/children", ["Range: bytes=0-1"], rules).kind == .passThrough(.range))
        #expect(Self.ask("POST /api/a/children", [], rules).kind == .write)
        #expect(Self.ask("POST /api/a/children", [], rules).effects == ["*"])
    }

    @Test("options of the query that a rule does not name tell no form from another")
    func query() throws {
        var rules = OperatorRules()
        rules.listings = [try Self.listing(query: ["sort"])]
        let plain = Self.ask("GET /api/a/children?sort=x", [], rules).form
        #expect(Self.ask("GET /api/a/children?trace=1&sort=x", [], rules).form == plain)
        #expect(Self.ask("GET /api/a/children?sort=y", [], rules).form != plain)
        #expect(Self.ask("GET /api/a/children", [], rules).form != plain)
        // A page's own options are the origin's secret.
        let page = Self.ask("GET /api/a/children?sort=x&cursor=1&riffle-page=1.2.3.4", [], rules).form
        #expect(Self.ask("GET /api/a/children?sort=x&cursor=2&riffle-page=1.2.3.4", [], rules).form != page)
        rules.listings = [try Self.listing()]
        #expect(
            Self.ask("GET /api/a/children?trace=1", [], rules).form != Self.ask("GET /api/a/children", [], rules).form)
    }

    @Test("the target of another folder is spelled after the rule's path")
    func target() throws {
        var rules = DialectRules()
        rules.operator.listings = [try Self.listing()]
        let asked = Self.ask("GET /api/a/children?sort=x", [], rules.operator)
        let target = Dialect.json.target(
            of: Array("/a/b/".utf8), form: asked.form, like: Array("/api/a/children?sort=x".utf8), rules: rules)
        #expect(target.map { String(decoding: $0, as: UTF8.self) } == "/api/a/b/children?sort=x")
    }

    @Test("write and bypass rules hold for every dialect", arguments: [Dialect.webdav, .autoindex, .json])
    func everyDialect(dialect: Dialect) throws {
        var rules = OperatorRules()
        rules.writes = [
            .init(
                methods: ["GET", "POST"], path: try Self.pattern("/do/{x*}/touch"),
                voids: [(try Self.pattern("/{x*}/"), false), (try Self.pattern("/recent/"), true)])
        ]
        rules.bypasses = [.init(methods: nil, path: try Self.pattern("/live/{rest*}"))]
        let touch = Self.ask("GET /do/a/b/touch", [], rules, dialect)
        #expect(touch.kind == .write)
        #expect(touch.effects == ["=/a/b/", "/recent/**"])
        #expect(Self.ask("POST /do/touch", [], rules, dialect).effects == ["=/", "/recent/**"])
        #expect(Self.ask("GET /live/a/", [], rules, dialect).kind == .passThrough(.ruled))
        #expect(Self.ask("PROPFIND /live/a/", ["Depth: 1"], rules, dialect).kind == .passThrough(.ruled))
        // What it changes must not stay in the cache.
        #expect(Self.ask("PUT /live/a", [], rules, dialect).kind == .write)
    }

    // MARK: Answers

    private static func confirm(_ body: String, _ rule: OperatorRules.Listing) -> RiffleListings.Confirmation {
        Array(body.utf8).withUnsafeBytes { body in
            var listing = JSONListing(rule, folder: Array("/f/".utf8))
            guard case .decided(let confirmation) = listing.read(body, at: 0, isLast: true) else {
                return .refused(.incomplete)
            }
            return confirmation
        }
    }

    @Test("an answer is the listing when every member has a name")
    func confirmed() throws {
        let body = #"""
            {"meta": [1, {"data": 2}], "data": {"total": 3, "entries": [
              {"name": "one", "type": "file"}, {"type": "dir", "name": "b\u0020c", "x": {"name": 1}}, {"name": 7}
            ]}, "links": {"next": "https://api.test/p?c=2"}}
            """#
        let shape = try #require(Self.confirm(body, try Self.listing(next: "/links/next")).shape)
        #expect(shape.childCount == 3)
        #expect(shape.childFolders == [Array("/f/b%20c/".utf8)])
        #expect(shape.next?.value == Array("https://api.test/p?c=2".utf8))
    }

    @Test(
        "what tells a folder may be a value's presence or the value",
        arguments: [
            ("/type=dir", #""type": "dir""#, true), ("/type=dir", #""type": "file""#, false),
            ("/folder", #""folder": {}"#, true), ("/folder", #""folder": null"#, false),
            ("/folder", #""folder": false"#, false), ("/folder", #""folder": true"#, true),
            ("/n=3", #""n": 3"#, true), ("/n=3", #""n": 30"#, false), ("/d=true", #""d": true"#, true),
            ("/a/b=1", #""a": {"b": 1}"#, true), ("/folder", #""other": 1"#, false),
        ])
    func folders(test: String, member: String, isFolder: Bool) throws {
        let body = #"{"data": {"entries": [{"name": "x", \#(member)}]}}"#
        let shape = try #require(Self.confirm(body, try Self.listing(isFolder: test)).shape)
        #expect(shape.childFolders.count == (isFolder ? 1 : 0))
    }

    @Test(
        "an answer that is not the whole listing is refused",
        arguments: [
            ("{}", .noSelf), (#"{"data": {"entries": null}}"#, .malformed),
            (#"{"data": {"entries": [1]}}"#, .malformed),
            (#"{"data": {"entries": [{"type": "dir"}]}}"#, .malformed),
            (#"{"data": {"entries": [{"name": ""}]}}"#, .malformed),
            (#"{"data": {"entries": [{"name": "a"}"#, .incomplete),
            (#"{"data": {"entries": []}} {}"#, .malformed), (#"{"data": {}, "data": {"entries": []}}"#, .malformed),
            (#"{"data": {"entries": [{"name": "a", "name": "b"}]}}"#, .malformed),
        ] as [(String, ConfirmationFailure)])
    func refused(body: String, failure: ConfirmationFailure) throws {
        #expect(Self.confirm(body, try Self.listing()) == .refused(failure))
    }
}
