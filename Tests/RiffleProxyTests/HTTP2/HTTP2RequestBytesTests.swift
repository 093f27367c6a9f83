import NIOCore
import NIOHTTP1
import RiffleHTTP
import RiffleHTTP2
import Testing

@testable import RiffleProxy

@Suite("An HTTP/2 request said as HTTP/1.1")
struct HTTP2RequestBytesTests {
    private static let line = [(":method", "GET"), (":scheme", "https"), (":path", "/a?b"), (":authority", "files")]

    private func text(_ fields: [(String, String)], endsHere: Bool = true) -> String {
        var buffer = ByteBuffer(string: "left over")
        switch HTTP2RequestBytes.write(FieldList(fields), endsHere: endsHere, into: &buffer) {
        case .malformed: return "malformed"
        case .refused(let rejection): return "\(rejection.status)"
        case nil: break
        }
        return String(buffer: buffer).replacing("\r\n", with: "|")
    }

    @Test("pseudo-header fields become the request line and Host")
    func requestLine() {
        #expect(text(Self.line) == "GET /a?b HTTP/1.1|host: files||")
        #expect(text(Self.line + [("accept", "*/*")]) == "GET /a?b HTTP/1.1|host: files|accept: */*||")
    }

    @Test("cookie crumbs become one field")
    func cookies() {
        #expect(
            text(Self.line + [("cookie", "a=1"), ("x", "y"), ("cookie", "b=2")])
                == "GET /a?b HTTP/1.1|host: files|x: y|cookie: a=1; b=2||")
    }

    @Test("a body of unknown length is chunked, one of known length is not")
    func bodies() {
        #expect(
            text(Self.line, endsHere: false) == "GET /a?b HTTP/1.1|host: files|transfer-encoding: chunked||")
        #expect(
            text(Self.line + [("content-length", "3")], endsHere: false)
                == "GET /a?b HTTP/1.1|host: files|content-length: 3||")
    }

    @Test("a Host field may repeat :authority but not contradict it")
    func host() {
        #expect(text(Self.line + [("host", "FILES")]) == "GET /a?b HTTP/1.1|host: files||")
        #expect(text(Self.line + [("host", "other")]) == "400")
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fields: [(String, String)]
        var outcome = "malformed"
    }

    private static func line(_ changed: String, _ value: String?) -> [(String, String)] {
        line.compactMap { name, old in name == changed ? value.map { (name, $0) } : (name, old) }
    }

    @Test(
        "what is no request, or what HTTP/1 would read differently, is malformed or refused",
        arguments: [
            Refused(testDescription: "a line end in a value", fields: line + [("x", "a\r\nb: c")]),
            Refused(testDescription: "a NUL in a value", fields: line + [("x", "a\0b")]),
            Refused(testDescription: "white space before a value", fields: line + [("x", " a")]),
            Refused(testDescription: "white space behind a value", fields: line + [("x", "a\t")]),
            Refused(testDescription: "a line end in a name", fields: line + [("x\r\ny", "z")]),
            Refused(testDescription: "a colon in a name", fields: line + [("x:", "z")]),
            Refused(testDescription: "an empty name", fields: line + [("", "z")]),
            Refused(testDescription: "an upper-case name", fields: line + [("Accept", "z")]),
            Refused(testDescription: "a name beyond ASCII", fields: line + [("é", "z")]),
            Refused(testDescription: "a transfer coding", fields: line + [("transfer-encoding", "chunked")]),
            Refused(testDescription: "a connection field", fields: line + [("connection", "close")]),
            Refused(testDescription: "keep-alive", fields: line + [("keep-alive", "5")]),
            Refused(testDescription: "proxy-connection", fields: line + [("proxy-connection", "close")]),
            Refused(testDescription: "upgrade", fields: line + [("upgrade", "h2c")]),
            Refused(testDescription: "te other than trailers", fields: line + [("te", "trailers, gzip")]),
            Refused(testDescription: "a pseudo-header field behind a field", fields: [("x", "y")] + line),
            Refused(testDescription: "an unknown pseudo-header field", fields: line + [(":x", "y")]),
            Refused(testDescription: "a pseudo-header field of answers", fields: line + [(":status", "200")]),
            Refused(testDescription: "two paths", fields: line + [(":path", "/b")]),
            Refused(testDescription: "two authorities", fields: line + [(":authority", "b")]),
            Refused(testDescription: "no method", fields: line(":method", nil)),
            Refused(testDescription: "no scheme", fields: line(":scheme", nil)),
            Refused(testDescription: "no path", fields: line(":path", nil)),
            Refused(testDescription: "an empty path", fields: line(":path", "")),
            Refused(testDescription: "a space in the path", fields: line(":path", "/a HTTP/1.1")),
            Refused(testDescription: "a line end in the path", fields: line(":path", "/\r\nx: y")),
            Refused(testDescription: "a space in the method", fields: line(":method", "GET /x")),
            Refused(testDescription: "an absolute URL as path", fields: line(":path", "http://f/"), outcome: "400"),
            Refused(testDescription: "another scheme", fields: line(":scheme", "ftp"), outcome: "400"),
            Refused(
                testDescription: "CONNECT", fields: [(":method", "CONNECT"), (":authority", "f:443")], outcome: "501"),
            Refused(testDescription: "CONNECT with a path", fields: line(":method", "CONNECT")),
            Refused(
                testDescription: "too many fields for the list",
                fields: line + [("x", String(repeating: "y", count: 40_000))],
                outcome: "431"),
        ])
    func refused(_ request: Refused) {
        #expect(text(request.fields) == request.outcome)
    }

    @Test("te may say trailers")
    func trailers() {
        #expect(text(Self.line + [("te", "trailers")]) == "GET /a?b HTTP/1.1|host: files|te: trailers||")
    }

    @Test("trailer fields are fields like others, without pseudo-header fields")
    func trailerFields() {
        #expect(HTTP2RequestBytes.areTrailers(FieldList([("x", "y"), ("etag", "z")])))
        #expect(!HTTP2RequestBytes.areTrailers(FieldList([("x", "y"), (":path", "/")])))
        #expect(!HTTP2RequestBytes.areTrailers(FieldList([("X", "y")])))
    }
}

extension FieldList {
    /// As a client says them.
    convenience init(_ fields: [(String, String)]) {
        self.init(limit: HTTP2Limits.headerList)
        var writer = HPACKWriter()
        for (name, value) in fields {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { writer.field(name: name, value: $0) }
            }
        }
        var decoder = HPACKDecoder()
        _ = writer.bytes.withUnsafeBytes { decoder.decode($0, into: self) }
    }

    /// As a client reads them.
    convenience init(block: [UInt8]) {
        self.init(limit: HTTP2Limits.headerList)
        var decoder = HPACKDecoder()
        _ = block.withUnsafeBytes { decoder.decode($0, into: self) }
    }

    var lines: [String] {
        fields.map { "\(String(decoding: name($0), as: UTF8.self))=\(String(decoding: value($0), as: UTF8.self))" }
    }
}

@Suite("An HTTP/2 answer")
struct HTTP2FieldsTests {
    @Test("a head in bytes becomes fields in lower case, without those of an HTTP/1 connection")
    func image() {
        let image = ByteBuffer(
            string: "HTTP/1.1 207 Multi-Status\r\nETag: \"a\tb\"\r\nConnection: close\r\nKeep-Alive: 5\r\nX-Y:z\r\n")
        let fields = image.withUnsafeReadableBytes { HTTP2Fields(image: $0) }
        #expect(FieldList(block: fields.block ?? []).lines == [":status=207", "etag=\"a\tb\"", "x-y=z"])
    }

    @Test("how long the body is said to be is known; what cannot be said in HTTP/2 has no block")
    func head() {
        let fields = HTTP2Fields(ResponseHead(status: 200, fields: ["Content-Length": "17", "X": " y "]))
        #expect(fields.length == 17)
        #expect(FieldList(block: fields.block ?? []).lines == [":status=200", "content-length=17", "x=y"])
        #expect(HTTP2Fields(ResponseHead(status: 200, fields: ["X": "a\0b"])).block == nil)
    }

    @Test(
        "the preface is told from a request by its bytes",
        arguments: [
            ("P", HTTP2Preface.Match.partial), ("PRI * HTTP/2.0", .partial), ("PROPFIND / HTTP/1.1", .none),
            ("GET", .none), ("", .partial),
        ])
    func preface(text: String, expected: HTTP2Preface.Match) {
        #expect(HTTP2Preface.match(ByteBuffer(string: text)) == expected)
    }
}
