import Testing

@testable import SlowOrigin

@Suite("Rules without sockets")
struct RuleTests {
    @Test(
        "a target that could name anything outside the tree is refused",
        arguments: [
            "/../x", "/a/..", "/%2e%2e/x", "/a/%2E./x", "/a%2fb", "/a%5cb", "/a\\b", "/a%00", "/a%zz", "/a%2", "a/b",
            "",
            "/a#b", "/%ff",
        ])
    func refusedTargets(_ target: String) {
        #expect(throws: Refusal.self) { try ResourcePath(target: target) }
    }

    @Test("a target is decoded exactly once")
    func decodesOnce() throws {
        let path = try ResourcePath(target: "/a%20b//%252e%252e/?q=/..")
        #expect(path.segments == ["a b", "%2e%2e"])
        #expect(path.href(isFolder: true) == "/a%20b/%252e%252e/")
    }

    @Test("latencies are read and written alike", arguments: ["none", "fixed:200ms", "lognormal:p50=120ms,p99=900ms"])
    func latencies(_ text: String) throws {
        #expect(try "\(Latency(parsing: text))" == text)
    }

    @Test(
        "a malformed latency is refused",
        arguments: ["fast", "fixed:", "fixed:-1s", "fixed:99h", "lognormal:p50=1s", "lognormal:p50=2s,p99=1s"])
    func badLatencies(_ text: String) {
        #expect(throws: SlowOriginError.self) { try Latency(parsing: text) }
    }

    @Test("half of the lognormal draws lie below p50 and one in a hundred beyond p99")
    func lognormal() throws {
        let latency = try Latency(parsing: "lognormal:p50=100ms,p99=900ms")
        var chance = Chance(seed: 7)
        let draws = (0..<20_000).map { _ in latency.draw(&chance).asSeconds }.sorted()
        #expect(abs(draws[10_000] - 0.1) < 0.01)
        #expect(abs(draws[19_800] - 0.9) < 0.15)
    }

    @Test("the same seed gives the same fates")
    func seeded() throws {
        let faults = try Faults(parsing: "429=0.2:retry-after=2,5xx=0.2,truncate=0.1,wrong-length=0.1,stall=0.1:for=1s")
        func fates() -> [Faults.Fault?] {
            var chance = Chance(seed: 42)
            return (0..<100).map { _ in faults.draw(&chance) }
        }
        #expect(fates() == fates())
        #expect(Set(fates().compactMap { $0.map { "\($0)" } }).count >= 5)
    }

    @Test(
        "malformed faults are refused",
        arguments: ["429", "429=2", "5xx=x", "teapot=1", "429=0.6,5xx=0.6", "429=1:retry-after=x", "truncate=1:for=1s"])
    func badFaults(_ text: String) {
        #expect(throws: SlowOriginError.self) { try Faults(parsing: text) }
    }

    @Test("the longest matching folder decides what a user may do")
    func permissions() throws {
        let file = try UserFile(
            parsing: "user a password=p token=t\nallow /\nread /r\ndeny /r/secret folder\n", source: "users")
        let rights = try #require(file.byToken["t"]).permissions
        #expect(try rights.right(to: ResourcePath(target: "/x")) == .write)
        #expect(try rights.right(to: ResourcePath(target: "/r/y")) == .read)
        #expect(try rights.right(to: ResourcePath(target: "/r/secret%20folder/z")) == .deny)
        #expect(try rights.leastRight(under: ResourcePath(target: "/")) == .deny)
    }

    @Test(
        "a wrong line of the users file is named",
        arguments: ["user", "user a", "allow /", "user a password=p\nallow x", "user a token=", "who", ""])
    func badUsers(_ text: String) {
        #expect(throws: SlowOriginError.self) { try UserFile(parsing: text, source: "users") }
    }

    @Test(
        "document types, unbound prefixes and broken tags are refused",
        arguments: [
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a>&b;</a>", "<x:a/>", "<a>", "<a></b>", "<a/><b/>", "",
            "<a b='1/>", "<a xmlns:b=''/>",
        ])
    func badXML(_ text: String) {
        #expect(throws: XMLReader.Malformed.self) { try XMLReader.parse(Array(text.utf8)) }
    }

    @Test("depth is bounded")
    func deepXML() {
        let text = String(repeating: "<a>", count: 1_000) + String(repeating: "</a>", count: 1_000)
        #expect(throws: XMLReader.Malformed.self) { try XMLReader.parse(Array(text.utf8)) }
    }

    @Test("requested properties are read with their namespaces")
    func propfind() throws {
        let body = "<propfind xmlns='DAV:'><prop><getetag/><x:y xmlns:x='urn:z'/></prop></propfind>"
        guard case .these(let names) = try PropfindRequest.parse(Array(body.utf8)) else {
            Issue.record("not a list of properties")
            return
        }
        #expect(names == [.dav("getetag"), XMLName(namespace: "urn:z", local: "y")])
    }

    @Test("an If field holds when one of its lists does")
    func ifHeader() throws {
        let header = try #require(IfHeader("(<urn:a> [\"e\"]) (Not <DAV:no-lock>)"))
        #expect(header.lists.count == 2)
        #expect(header.holds { _ in ([], nil) })
        #expect(try #require(IfHeader("(<urn:a> [\"e\"])")).holds { _ in (["urn:a"], "\"e\"") })
        #expect(!(try #require(IfHeader("(<urn:a> [\"e\"])")).holds { _ in (["urn:a"], "\"f\"") }))
        #expect(IfHeader("(") == nil)
        #expect(IfHeader("()") == nil)
    }

    @Test("dates are read as they are written")
    func dates() {
        #expect(HTTPDate.format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(HTTPDate.iso8601(951_782_400) == "2000-02-29T00:00:00Z")
    }

    @Test("ranges are cut to the file")
    func ranges() {
        #expect(ByteRange("bytes=0-4", size: 10) == .part(0..<5))
        #expect(ByteRange("bytes=-3", size: 10) == .part(7..<10))
        #expect(ByteRange("bytes=8-99", size: 10) == .part(8..<10))
        #expect(ByteRange("bytes=10-", size: 10) == .unsatisfiable)
        #expect(ByteRange("bytes=0-1,3-4", size: 10) == .whole)
    }
}
