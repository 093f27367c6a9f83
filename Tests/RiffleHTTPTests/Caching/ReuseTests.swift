import NIOHTTP1
import Testing

@testable import RiffleHTTP

@Suite("RFC 9111 §4, §5.2.1: reuse")
struct ReuseTests {
    private static let lifetime = Lifetime(
        freshFor: 100_000, initialAge: 10, staleWhileRevalidate: 20_000, staleIfError: 50_000, staleOnRequest: 50_000)
    static let cases: [(String, Int, ReuseDecision)] = [
        ("", 0, .fresh), ("", 99_999, .fresh), ("", 100_000, .staleWhileRevalidate),
        ("", 120_000, .staleWhileRevalidate),
        ("", 120_001, .revalidate(.expired)), ("no-cache", 0, .revalidate(.client)),
        ("max-age=0", 0, .revalidate(.client)), ("max-age=11", 1_000, .fresh),
        ("max-age=11", 1_001, .revalidate(.client)), ("max-age=x", 0, .revalidate(.client)),
        ("min-fresh=50", 50_000, .fresh), ("min-fresh=50", 50_001, .revalidate(.client)),
        ("max-stale", 150_000, .staleAllowed), ("max-stale", 150_001, .revalidate(.expired)),
        ("max-stale=30", 130_000, .staleAllowed), ("max-stale=30", 130_001, .revalidate(.expired)),
        ("max-stale=9999", 150_001, .revalidate(.expired)), ("max-age=9999", 110_000, .revalidate(.expired)),
        ("only-if-cached", 0, .fresh), ("only-if-cached", 130_000, .gatewayTimeout),
        ("only-if-cached, max-stale=30", 130_000, .staleAllowed), ("only-if-cached, no-cache", 0, .gatewayTimeout),
        ("no-store", 0, .fresh),
    ]

    @Test("a request's directives narrow what is served", arguments: cases)
    func decides(_ value: String, _ elapsed: Int, _ expected: ReuseDecision) {
        let request = RequestCacheControl(value.isEmpty ? [:] : ["Cache-Control": value])
        #expect(Reuse.decide(request, Self.lifetime, elapsed: elapsed) == expected)
    }

    @Test("what must be revalidated is never stale, whoever asks", arguments: ["", "max-stale", "max-stale=99"])
    func mustRevalidate(_ value: String) {
        let strict = Lifetime(freshFor: 5, mustRevalidate: true)
        let request = RequestCacheControl(["Cache-Control": value])
        #expect(Reuse.decide(request, strict, elapsed: 4) == .fresh)
        #expect(Reuse.decide(request, strict, elapsed: 5) == .revalidate(.expired))
        #expect(!Reuse.answersError(request, strict, elapsed: 6))
    }

    @Test("an entry answers for a failing origin inside its window, which a client may narrow (RFC 5861 §4)")
    func errors() {
        let none = RequestCacheControl()
        #expect(Reuse.answersError(none, Self.lifetime, elapsed: 150_000))
        #expect(!Reuse.answersError(none, Self.lifetime, elapsed: 150_001))
        let narrow = RequestCacheControl(["Cache-Control": "stale-if-error=10"])
        #expect(Reuse.answersError(narrow, Self.lifetime, elapsed: 110_000))
        #expect(!Reuse.answersError(narrow, Self.lifetime, elapsed: 110_001))
        #expect([500, 502, 503, 504].allSatisfy(Reuse.isError))
        #expect(![200, 401, 403, 404, 429, 501].contains(where: Reuse.isError))
    }

    @Test("without a stored response only-if-cached is 504")
    func missing() {
        #expect(Reuse.decideWithoutStored(RequestCacheControl(["Cache-Control": "only-if-cached"])) == .gatewayTimeout)
        #expect(Reuse.decideWithoutStored(RequestCacheControl()) == nil)
    }
}

@Suite("RFC 9111 §4.1: variants")
struct VaryTests {
    @Test("names are folded, sorted and bounded")
    func names() {
        #expect(Vary.names(fields("Vary: B, a", "vary: A")) == .names(["a", "b"]))
        #expect(Vary.names([:]) == .names([]))
        #expect(Vary.names(HTTPHeaders((0...16).map { ("Vary", "f\($0)") })) == .everything)
    }

    static let pairs: [(String, String, String, Bool)] = [
        ("accept-encoding", "gzip, br", "BR,gzip", true), ("accept-encoding", "gzip;q=0.5", "gzip; Q=0.500", true),
        ("accept-encoding", "gzip;q=1.0", "x-gzip", true), ("accept-encoding", "gzip", "gzip;q=0", false),
        ("accept-encoding", "gzip, br;q=0.5", "gzip;q=0.5, br", false), ("accept-language", "de, EN", "en,de", true),
        ("accept-language", "en;q=2", "en", false), ("accept-language", "", "en", false),
        ("x", "a, b", "a,b", true), ("x", "a, b", "b, a", false), ("x", "a", "A", false),
        ("x", "\"a, b\"", "\"a,b\"", false),
        ("cookie", "a, b", "a,b", false),
    ]

    @Test("values are equal where they mean the same, and only there", arguments: pairs)
    func normalized(_ name: String, _ left: String, _ right: String, _ same: Bool) {
        #expect(Vary.matches([name], stored: [name: left], request: [name: right]) == same)
    }

    @Test("lines combine, an absent field is not an empty one, and names never run into values")
    func keys() {
        #expect(Vary.matches(["x"], stored: fields("X: 1", "X: 2"), request: ["x": "1, 2"]))
        #expect(!Vary.matches(["x"], stored: [:], request: ["x": ""]))
        for name in ["x", "accept-encoding"] {
            let long = String(repeating: "a,", count: 400)
            #expect(!Vary.matches([name], stored: [name: long + "b"], request: [name: long + "c"]))
        }
        #expect(
            Vary.variantKey(["a", "b"], request: ["a": "1b"])
                != Vary.variantKey(["a", "b"], request: ["a": "1", "b": ""]))
        #expect(Vary.variantKey([], request: ["a": "1"]).isEmpty)
    }
}

@Suite("RFC 9111 §3.2, §4.3: updating stored responses")
struct UpdateTests {
    @Test("a 304 replaces fields but for those of the body and of its connection")
    func notModified() {
        var stored = fields(
            "Content-Length: 5", "Content-Encoding: gzip", "X: 1", "X: 2", "Kept: a", "Age: 9", "Listed: old",
            "ETag: \"a\"")
        UpdateStored.apply(
            fields(
                "Content-Length: 0", "Content-Encoding: br", "Content-Range: bytes 0-1/2", "x: 3", "x: 4", "New: b",
                "Connection: Listed", "Listed: new", "Set-Cookie: a=b", "Secret: s", "Keep-Alive: 5"),
            to: &stored, omitted: ["secret"])
        #expect(stored["x"] == ["3", "4"])
        #expect(stored["content-length"] == ["5"] && stored["content-encoding"] == ["gzip"])
        #expect(stored["listed"] == ["old"] && stored["new"] == ["b"] && stored["kept"] == ["a"])
        for name in ["age", "set-cookie", "content-range", "secret", "keep-alive", "connection"] {
            #expect(!stored.contains(name: name), "\(name)")
        }
    }

    static let confirmations: [(String, String, Bool)] = [
        ("ETag: \"a\"", "ETag: \"a\"", true), ("ETag: \"a\"", "ETag: \"b\"", false),
        ("ETag: W/\"a\"", "ETag: \"a\"", true),
        ("ETag: \"a\"", "ETag: W/\"a\"", false), ("ETag: \"a\"", "X: y", false), ("X: y", "ETag: \"a\"", true),
    ]

    @Test("a 304 confirms what its validator names (§4.3.4)", arguments: confirmations)
    func confirms(_ new: String, _ stored: String, _ expected: Bool) {
        #expect(UpdateStored.confirms(fields(new), stored: fields(stored)) == expected)
    }

    @Test("HEAD updates the same representation and ends another one (§4.3.5)")
    func head() {
        let stored = fields("ETag: \"a\"")
        func effect(_ lines: String..., status: Int = 200) -> UpdateStored.HeadEffect {
            UpdateStored.head(status: status, fields(lines), stored: stored, storedLength: 5)
        }
        #expect(effect("ETag: \"a\"", "Content-Length: 5") == .update)
        #expect(effect("ETag: \"b\"") == .invalidate)
        #expect(effect("Content-Length: 6") == .invalidate)
        #expect(effect("ETag: \"b\"", status: 404) == .none)
    }
}

@Suite("RFC 9111 §4.4, RFC 9875: invalidation")
struct InvalidationTests {
    private static let own = WebTarget(scheme: "http", host: "a", port: 80, path: "/x/y?q")
    static let references: [(String, String?)] = [
        ("/z", "/z"), ("z", "/x/z"), ("../z", "/z"), ("?r", "/x/y?r"), ("http://A:80/z#f", "/z"), ("//a/z", "/z"),
        ("./", "/x/"), ("/a/../../b", "/b"), ("http://b/z", nil), ("https://a/z", nil), ("http://a:81/z", nil),
        ("//b/z", nil), ("http://u@a/z", nil), ("mailto:a", nil), ("/z z", nil),
    ]

    @Test("Location reaches the same origin only", arguments: references)
    func location(_ reference: String, _ path: String?) {
        let targets = Invalidation.targets(
            method: .post, target: Self.own, status: 201, response: ["Location": reference])
        #expect(targets.map(\.path) == [Self.own.path] + (path.map { [$0] } ?? []))
    }

    @Test("every method that is not safe invalidates, unless it failed", arguments: Method.allCases)
    func methods(_ method: Method) {
        for status in [200, 204, 302] {
            let targets = Invalidation.targets(method: method, target: Self.own, status: status, response: [:])
            #expect(targets.isEmpty == method.isSafe)
        }
        #expect(Invalidation.targets(method: method, target: Self.own, status: 500, response: [:]).isEmpty)
    }

    static let groups: [(String, [String])] = [
        ("\"a\", \"b\";x", ["a", "b"]), ("\"a\", b", []), ("a", []), ("\"a", []), ("", []), ("\"a\", 1", []),
    ]

    @Test("groups are a list of strings, or none", arguments: groups)
    func cacheGroups(_ value: String, _ expected: [String]) {
        #expect(CacheGroups.members(["Cache-Groups": value]) == expected)
        let response: HTTPHeaders = ["Cache-Group-Invalidation": value]
        #expect(CacheGroups.invalidated(method: .post, status: 200, response) == expected)
        #expect(CacheGroups.invalidated(method: .get, status: 200, response).isEmpty)
        #expect(CacheGroups.invalidated(method: .post, status: 500, response).isEmpty)
    }
}
