import Testing

@testable import RiffleHTTP

/// Parses text as one request head.
private func parse(_ text: String, limits: RequestLimits = RequestLimits()) -> (HeadParse, RequestHead) {
    var head = RequestHead()
    let bytes = Array(text.utf8)
    let result = bytes.withUnsafeBytes { RequestParser.parse($0, into: &head, limits: limits) }
    return (result, head)
}

private func status(_ result: HeadParse) -> Int? {
    guard case .rejected(let rejection) = result else { return nil }
    return rejection.status
}

/// A head by name, since control bytes spoil test reports.
struct HeadCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var status: Int

    init(_ name: String, _ text: String, _ status: Int = 400) {
        testDescription = name
        self.text = text
        self.status = status
    }
}

private let post = "POST / HTTP/1.1\r\nHost: a\r\n"

@Suite("RFC 9112: the request head")
struct RequestParserTests {
    static let smuggling = [
        HeadCase("length before coding", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
        HeadCase("coding before length", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
        HeadCase("two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
        HeadCase("coding and identity", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"),
        HeadCase("listed codings", post + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
        HeadCase("chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n"),
        HeadCase("unknown coding", post + "Transfer-Encoding: xchunked\r\n\r\n", 501),
        HeadCase("quoted coding", post + "Transfer-Encoding: \"chunked\"\r\n\r\n"),
        HeadCase("vertical tab before coding", post + "Transfer-Encoding: \u{B}chunked\r\n\r\n"),
        HeadCase("space before colon", post + "Transfer-Encoding : chunked\r\n\r\n"),
        HeadCase("tab before colon", post + "Content-Length\t: 5\r\n\r\n"),
        HeadCase("space before name", post + " Transfer-Encoding: chunked\r\n\r\n"),
        HeadCase("folded coding", post + "Transfer-Encoding:\r\n chunked\r\n\r\n"),
        HeadCase("folded value", post + "X: a\r\n\tb\r\n\r\n"),
        HeadCase("same length twice", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
        HeadCase("two lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
        HeadCase("listed lengths", post + "Content-Length: 5, 5\r\n\r\n"),
        HeadCase("signed length", post + "Content-Length: +5\r\n\r\n"),
        HeadCase("negative length", post + "Content-Length: -5\r\n\r\n"),
        HeadCase("hexadecimal length", post + "Content-Length: 0x5\r\n\r\n"),
        HeadCase("empty length", post + "Content-Length:\r\n\r\n"),
        HeadCase("spaced length", post + "Content-Length: 1 2\r\n\r\n"),
        HeadCase("overlong length", post + "Content-Length: 99999999999999999999\r\n\r\n"),
        HeadCase("bare line feed", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        HeadCase("bare line feed behind field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
        HeadCase("bare carriage return", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
        HeadCase("carriage return at the end", "GET / HTTP/1.1\r\nHost: a\r\n\rX\r\n"),
        HeadCase("NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n"),
        HeadCase("NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\u{0}: b\r\n\r\n"),
        HeadCase("DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{7F}\r\n\r\n"),
        HeadCase("empty name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"),
        HeadCase("line without colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"),
        HeadCase("HTTP/1.0 with coding", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        HeadCase("leading empty line", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    @Test("an ambiguous head is refused", arguments: smuggling)
    func refusesAmbiguity(_ head: HeadCase) {
        #expect(status(parse(head.text).0) == head.status)
    }

    static let requestLines = [
        HeadCase("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("raw UTF-8", "GET /ä HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("no version", "GET /\r\nHost: a\r\n\r\n"),
        HeadCase("lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        HeadCase("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
        HeadCase("HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
        HeadCase("space behind version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
        HeadCase("star for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("relative target", "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("CONNECT of a path", "CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        HeadCase("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501),
        HeadCase("overlong method", String(repeating: "A", count: 33) + " / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        HeadCase("no method", " / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    @Test("a malformed request line is refused (§3)", arguments: requestLines)
    func refusesRequestLine(_ head: HeadCase) {
        #expect(status(parse(head.text).0) == head.status)
    }

    static let hosts = [
        HeadCase("empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
        HeadCase("port alone", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"),
        HeadCase("port that is no number", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
        HeadCase("port beyond 65535", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"),
        HeadCase("two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"),
        HeadCase("bracket that never closes", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        HeadCase("text behind a bracket", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n"),
        HeadCase("name in brackets", "GET / HTTP/1.1\r\nHost: [host]\r\n\r\n"),
        HeadCase("bracket within a name", "GET / HTTP/1.1\r\nHost: a[b\r\n\r\n"),
        HeadCase("no host", "GET / HTTP/1.1\r\nX: a\r\n\r\n"),
        HeadCase("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        HeadCase("host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        HeadCase("host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        HeadCase("host with space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        HeadCase("contradicted by the target", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("contradicted by the target's port", "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("target with user", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("target of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        HeadCase("target without authority", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    @Test("a doubtful host is refused (§3.2)", arguments: hosts)
    func refusesHost(_ head: HeadCase) {
        #expect(status(parse(head.text).0) == head.status)
    }

    @Test(
        "names, addresses and ports are taken (RFC 3986 §3.2.2)",
        arguments: ["a", "a:", "a:80", "a.b_c-d~e", "[::1]", "[::1]:80", "[::ffff:10.0.0.1]:65535", "10.0.0.1"])
    func takesHost(_ host: String) {
        #expect(parse("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").0 == .complete)
        #expect(parse("GET http://\(host)/ HTTP/1.1\r\nHost: \(host)\r\n\r\n").0 == .complete)
    }

    @Test("an absolute target agrees with its host in any case and is cut to its path (§3.2.2)")
    func absoluteForm() {
        let text = "GET http://Example.com/a?b HTTP/1.1\r\nHost: example.COM\r\n\r\n"
        let (result, head) = parse(text)
        #expect(result == .complete)
        let bytes = Array(text.utf8)
        #expect(String(decoding: bytes[head.path.range], as: UTF8.self) == "/a")
        #expect(String(decoding: bytes[head.query.range], as: UTF8.self) == "b")
    }

    @Test("OPTIONS may ask for the server as a whole (§3.2.4)")
    func asteriskForm() {
        let (result, head) = parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(result == .complete)
        #expect(head.method == .options)
    }

    static let lives = [
        ("HTTP/1.1", "X: a", true), ("HTTP/1.1", "Connection: close", false),
        ("HTTP/1.1", "Connection: x, CLOSE", false), ("HTTP/1.0", "X: a", false),
        ("HTTP/1.0", "Connection: Keep-Alive", true), ("HTTP/1.0", "Connection: keep-alive, close", false),
        ("HTTP/1.1", "Connection: closed", true),
    ]

    @Test("a connection lives as version and options say (§9.3)", arguments: lives)
    func persistence(_ version: String, _ line: String, _ lives: Bool) {
        let (result, head) = parse("GET / \(version)\r\nHost: a\r\n\(line)\r\n\r\n")
        #expect(result == .complete)
        #expect(head.keepAlive == lives)
        #expect(head.isHTTP11 == (version == "HTTP/1.1"))
    }

    @Test("HTTP/1.0 needs no host")
    func oldHost() { #expect(parse("GET / HTTP/1.0\r\n\r\n").0 == .complete) }

    static let framings: [(String, Framing)] = [
        ("X: a", .none), ("Content-Length: 0", .length(0)), ("Content-Length: 00012", .length(12)),
        ("content-length:7\t", .length(7)), ("Transfer-Encoding: CHUNKED", .chunked),
    ]

    @Test("the body is framed one way (§6.3)", arguments: framings)
    func framing(_ line: String, _ framing: Framing) {
        #expect(parse(post + line + "\r\n\r\n").1.framing == framing)
    }

    @Test("each limit has its status")
    func limits() {
        var limits = RequestLimits()
        limits.target = 10
        limits.fieldLine = 20
        limits.fields = 2
        limits.head = 80
        let long = String(repeating: "a", count: 30)
        #expect(status(parse("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits).0) == 414)
        #expect(status(parse("GET /\(long)", limits: limits).0) == 414)
        #expect(status(parse("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", limits: limits).0) == 431)
        #expect(status(parse("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)", limits: limits).0) == 431)
        #expect(status(parse("GET / HTTP/1.1\r\nHost: a\r\n\(long)", limits: limits).0) == 431)
        #expect(status(parse("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\nY: b\r\n\r\n", limits: limits).0) == 431)
        limits.fields = 100
        let many = String(repeating: "X: a\r\n", count: 14)
        #expect(status(parse("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n", limits: limits).0) == 431)
    }

    @Test("a head cut at any byte is incomplete, and whole it parses with bytes behind it")
    func everySplit() {
        let text = "PROPFIND /a/b?c=d HTTP/1.1\r\nHost: a:1\r\nDepth: 1\r\nContent-Length: 3\r\nX:  y z \r\n\r\n"
        let bytes = Array(text.utf8)
        var head = RequestHead()
        for end in 0..<bytes.count {
            let result = bytes[..<end].withUnsafeBytes { RequestParser.parse($0, into: &head) }
            #expect(result == .incomplete, "cut at \(end)")
        }
        let (result, whole) = parse(text + "abcGET / HT")
        #expect(result == .complete)
        #expect(whole.length == bytes.count)
        #expect(whole.method == .propfind)
    }

    @Test("a refused head is refused at no later cut than the end, and never accepted")
    func refusalIsStable() {
        for bad in Self.smuggling {
            let bytes = Array(bad.text.utf8)
            var head = RequestHead()
            var refused = false
            for end in 0...bytes.count {
                let result = bytes[..<end].withUnsafeBytes { RequestParser.parse($0, into: &head) }
                #expect(result != .complete, "\(bad.testDescription)")
                let now = status(result) != nil
                #expect(now || !refused, "\(bad.testDescription) came back at \(end)")
                refused = now
            }
            #expect(refused)
        }
    }

    @Test("no bytes crash the parser, and what it accepts has ranges inside the head")
    func randomBytes() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let base = Array("POST http://a/b?c HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\n".utf8)
        let alphabet = Array("\r\n\t :,;aA0/?#*\"\u{0}\u{7F}".utf8) + [0x80, 0xFF]
        var head = RequestHead()
        for _ in 0..<5_000 {
            var bytes = base
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                default: bytes.remove(at: place)
                }
            }
            let result = bytes.withUnsafeBytes { RequestParser.parse($0, into: &head) }
            guard result == .complete else { continue }
            #expect(head.length <= bytes.count, "seed \(seed)")
            #expect(head.fields.allSatisfy { Int($0.value.end) <= head.length && $0.value.count >= 0 }, "seed \(seed)")
        }
    }
}

@Suite("Byte scans")
struct ByteScanTests {
    @Test("the token bitmap holds exactly RFC 9110 §5.6.2")
    func tokens() {
        let expected = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min ... .max { #expect(ByteScan.isToken(byte) == expected.contains(byte), "\(byte)") }
    }

    @Test("the host bitmap holds exactly uri-host and port of RFC 3986 §3.2.2")
    func hosts() {
        let expected = Set("!$%&'()*+,-.0123456789:;=[]_~abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min ... .max { #expect(ByteScan.isHost(byte) == expected.contains(byte), "\(byte)") }
    }

    @Test("the first control byte is found wherever it stands")
    func controls() {
        for length in 0..<40 {
            for place in 0..<max(1, length) {
                for byte in [0x00, 0x09, 0x0A, 0x0D, 0x1F, 0x7F, 0x20, 0x80, 0xFF] as [UInt8] {
                    var bytes = [UInt8](repeating: 0xA0, count: length)
                    if length > 0 { bytes[place] = byte }
                    let isControl = length > 0 && (byte < 0x20 || byte == 0x7F)
                    let found = bytes.withUnsafeBytes { ByteScan.firstControl($0, from: 0, to: length) }
                    #expect(found == (isControl ? place : length))
                }
            }
        }
    }

    @Test("every known field is found by its name in any case")
    func names() {
        let names: [(KnownField, String)] = [
            (.host, "hOST"), (.te, "TE"), (.ifRange, "If-Range"), (.contentLength, "CONTENT-LENGTH"),
            (.transferEncoding, "transfer-encoding"), (.xHTTPMethodOverride, "X-HTTP-Method-Override"),
        ]
        for (field, name) in names {
            let bytes = Array(name.utf8)
            #expect(bytes.withUnsafeBytes { KnownField.named($0) } == field)
        }
        #expect(Array("content-lengtH1".utf8).withUnsafeBytes { KnownField.named($0) } == nil)
    }
}
