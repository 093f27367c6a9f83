import NIOHTTP1
import Testing

@testable import RiffleHTTP

@Suite("RFC 9110 §5.6.7: dates")
struct HTTPDateTests {
    @Test(
        "the three formats name one instant",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        ])
    func formats(_ text: String) { #expect(HTTPDate.parse(text, now: example) == example) }

    @Test(
        "anything else is none",
        arguments: [
            "", "0", "-1", "784111777", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun 06 Nov 1994 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT", "Sun,  06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08.49.37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ", "sun, 06 nov 1994 08:49:37 gmt", "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT, x", "Sun Nov 06 08:49:37 1994 GMT", "Tue, 29 Feb 1994 00:00:00 GMT",
        ])
    func strict(_ text: String) { #expect(HTTPDate.parse(text, now: example) == nil) }

    @Test("freshness reads dates in any case (RFC 9111 §4.2)")
    func anyCase() { #expect(HTTPDate.parse("sUN, 06 nOV 1994 08:49:37 gmt", ignoringCase: true) == example) }

    @Test("a two-digit year is never more than fifty years ahead")
    func shortYears() {
        let now = HTTPDate.parse("Wed, 25 Nov 2026 00:00:00 GMT") ?? 0
        #expect(HTTPDate.parse("Sunday, 06-Nov-94 08:49:37 GMT", now: now) == example)
        let ahead = HTTPDate.parse("Friday, 06-Nov-76 00:00:00 GMT", now: now).map { HTTPDate.format($0) }
        #expect(ahead == "Fri, 06 Nov 2076 00:00:00 GMT")
    }

    @Test("formatting and parsing undo each other")
    func roundTrip() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let second = Int.random(in: -60_000_000_000...250_000_000_000, using: &generator)
            #expect(HTTPDate.parse(HTTPDate.format(second)) == second, "seed \(seed)")
        }
        #expect(HTTPDate.format(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.format(951_782_400) == "Tue, 29 Feb 2000 00:00:00 GMT")
        #expect(HTTPDate.format(.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
    }
}

@Suite("RFC 9110 §7.6.1: fields of one connection")
struct HopByHopTests {
    @Test("listed fields go, then the fixed ones")
    func listed() {
        var message = fields(
            "Connection: X-Secret, close", "connection: x-other", "X-Secret: a", "X-Other: b", "Keep-Alive: 5",
            "TE: trailers", "Trailer: x", "Transfer-Encoding: chunked", "Upgrade: h2c", "Proxy-Connection: close",
            "Proxy-Authorization: Basic x", "Proxy-Authenticate: Basic", "X-Kept: c")
        HopByHop.strip(&message)
        #expect(message.map(\.name) == ["X-Kept"])
    }

    @Test(
        "a protected field stays although it is listed",
        arguments: [
            "Authorization", "Cookie", "Host", "Content-Length", "Cache-Control", "X-Forwarded-For", "Set-Cookie",
            "Range", "If-None-Match", "Vary", "ETag", "Depth", "Destination",
        ])
    func protected(_ name: String) {
        var message = HTTPHeaders([("Connection", name.lowercased()), (name, "1")])
        HopByHop.strip(&message)
        #expect(message.map(\.name) == [name])
    }
}

@Suite("RFC 9651: structured fields")
struct StructuredFieldTests {
    @Test(
        "a dictionary that does not parse is none",
        arguments: [
            "a=1,", "a=1,,b", ",a", "A=1", "a=&", "a=\"x", "a=\"\\x\"", "a=1.", "a=1.2345", "a=1234567890123456",
            "a=?2", "a=(1", "a=1 b=2", "a=:x", "a =1", "a= 1", "a;=1", "a=--1", "\ta=1",
        ])
    func malformed(_ text: String) { #expect(StructuredDictionary([text]) == nil) }

    @Test("members of all types are read, over all lines, the last of a key counting")
    func types() {
        let dictionary = StructuredDictionary([
            "a=1;x=2, b, c=\"q\\\"\", d=tok/en:x", "e=?0, f=-1.25, g=:AA==:, h=(1 \"2\");p, i=@5, a=3;y=\"z\"",
        ])
        let expected: [String: StructuredValue] = [
            "a": .integer(3), "b": .boolean(true), "c": .string("q\""), "d": .token("tok/en:x"), "e": .boolean(false),
            "f": .decimal("-1.25"), "g": .bytes("AA=="), "h": .innerList, "i": .date(5),
        ]
        #expect(dictionary?.members == expected)
    }
}

@Suite("RFC 9211: Cache-Status")
struct CacheStatusTests {
    static let cases: [(CacheStatusField, String)] = [
        (CacheStatusField(hit: true, ttl: 30), "riffle; hit; ttl=30"),
        (CacheStatusField(hit: true, ttl: -5, detail: "stale"), "riffle; hit; ttl=-5; detail=stale"),
        (
            CacheStatusField(forward: .uriMiss, forwardStatus: 200, stored: true, collapsed: true),
            "riffle; fwd=uri-miss; fwd-status=200; stored; collapsed"
        ),
        (CacheStatusField(forward: .stale, forwardStatus: 304), "riffle; fwd=stale; fwd-status=304"),
        (CacheStatusField(hit: true, forward: .miss, forwardStatus: 200, stored: true), "riffle; hit"),
        (CacheStatusField(hit: true, key: "a\"\\b\r\nX: y"), "riffle; hit; key=\"a\\\"\\\\b??X: y\""),
        (CacheStatusField(cache: "my cache", hit: true), "\"my cache\"; hit"),
        (CacheStatusField(forward: .bypass, detail: "9lives"), "riffle; fwd=bypass; detail=\"9lives\""),
    ]

    @Test("members are written as the RFC has them", arguments: cases)
    func serialized(_ field: CacheStatusField, _ text: String) { #expect(field.serialized == text) }

    @Test("ours stands behind those nearer to the origin (§2)")
    func order() {
        var response = fields("Cache-Status: Origin; hit")
        CacheStatusField(hit: true).append(to: &response)
        #expect(response["cache-status"] == ["Origin; hit", "riffle; hit"])
    }
}

@Suite("RFC 9110 §7.6: the way of a message")
struct WayTests {
    static let loops = [
        ("Via: 1.1 other", false), ("Via: 1.1 other, 2 Riffle-X", true), ("Via: 1.1 a (riffle-x, 1.1 riffle-x)", false),
        ("Via: HTTP/1.1 riffle-x (comment)", true), ("Via: riffle-x", false), ("Via: 1.1 riffle-x (open", true),
        ("Via: 1.0 riffle-xy", false), ("X: 1.1 riffle-x", false),
    ]

    @Test("a request that was here before is a loop", arguments: loops)
    func loop(_ line: String, _ isLoop: Bool) { #expect(Via.isLoop(fields(line), pseudonym: "riffle-x") == isLoop) }

    @Test("our own hop is found, and too many hops are a loop")
    func hops() {
        var message = HTTPHeaders()
        for hop in 0..<(Via.maximumHops - 1) { Via.append("hop\(hop)", version: "1.1", to: &message) }
        #expect(!Via.isLoop(message, pseudonym: "riffle-x"))
        Via.append("riffle-x", version: "2", to: &message)
        #expect(Via.isLoop(message, pseudonym: "riffle-x"))
        #expect(Via.isLoop(message, pseudonym: "another"))
    }

    static let forwards: [(Method, String, MaxForwards)] = [
        (.options, "0", .answerHere), (.trace, "3", .forward(2)), (.get, "0", .untouched), (.options, "-1", .untouched),
        (.options, "1.0", .untouched), (.options, "", .untouched), (.trace, "99999999999999", .forward((1 << 31) - 1)),
    ]

    @Test("Max-Forwards counts down for OPTIONS and TRACE only (§7.6.2)", arguments: forwards)
    func maxForwards(_ method: Method, _ value: String, _ expected: MaxForwards) {
        #expect(MaxForwards.step(method: method, HTTPHeaders([("Max-Forwards", value)])) == expected)
    }
}

@Suite("RFC 9110 §5.5: what an origin's head must be")
struct ResponseHeadTests {
    @Test("control bytes, bad names and contradicting lengths are refused")
    func refusals() {
        func check(_ pairs: [(String, String)], status: Int = 200) -> ResponseHeadRules.Refusal? {
            ResponseHeadRules.check(status: status, HTTPHeaders(pairs))
        }
        #expect(check([("A", "b\tc"), ("B", "\u{E9}"), ("Content-Length", "3"), ("Content-Length", "3")]) == nil)
        for value in ["a\r\nX: y", "a\nb", "a\rb", "a\u{0}", "\u{7F}", "\u{1B}"] {
            #expect(check([("A", value)]) == .value)
        }
        for name in ["", "a b", "a:", "a\n", "é"] { #expect(check([(name, "x")]) == .name) }
        #expect(check([("Content-Length", "3"), ("Content-Length", "4")]) == .contentLength)
        #expect(check([("Content-Length", "+3")]) == .contentLength)
        #expect(check([("Content-Length", "3"), ("Transfer-Encoding", "chunked")]) == .contentLength)
        for coding in ["chunked", "Chunked", "unheard-of"] { #expect(check([("Transfer-Encoding", coding)]) == nil) }
        for coding in ["gzip", "identity", "xchunked", "chunked, chunked", "gzip, chunked", "chunked;a=b", "", "a b"] {
            #expect(check([("Transfer-Encoding", coding)]) == .transferCoding, "\(coding)")
        }
        let twice = [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")]
        #expect(check(twice) == .transferCoding)
        #expect(ResponseHeadRules.check(status: 200, ["Transfer-Encoding": "chunked"], isHTTP10: true) != nil)
        #expect(check([], status: 99) == .status)
        #expect(check([("A", String(repeating: "x", count: 70_000))]) == .tooLarge)
        #expect(check(Array(repeating: ("A", "b"), count: 257)) == .tooManyFields)
    }
}
