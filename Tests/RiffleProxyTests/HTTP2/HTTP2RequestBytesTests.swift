import NIOCore
import NIOHPACK
import RiffleHTTP
import Testing

@testable import RiffleProxy

@Suite("An HTTP/2 request said as HTTP/1.1")
struct HTTP2RequestBytesTests {
    private static let line = [(":method", "GET"), (":scheme", "https"), (":path", "/a?b"), (":authority", "files")]

    private func text(_ fields: [(String, String)], endsHere: Bool = true) -> String {
        var buffer = ByteBuffer(string: "left over")
        if let rejection = HTTP2RequestBytes.write(HPACKHeaders(fields), endsHere: endsHere, into: &buffer) {
            return "\(rejection.status)"
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
        var status = "400"
    }

    @Test(
        "what HTTP/1 would read differently is refused",
        arguments: [
            Refused(testDescription: "a line end in a value", fields: Self.line + [("x", "a\r\nb: c")]),
            Refused(testDescription: "a NUL in a value", fields: Self.line + [("x", "a\0b")]),
            Refused(testDescription: "white space before a value", fields: Self.line + [("x", " a")]),
            Refused(testDescription: "white space behind a value", fields: Self.line + [("x", "a\t")]),
            Refused(testDescription: "a line end in a name", fields: Self.line + [("x\r\ny", "z")]),
            Refused(testDescription: "a colon in a name", fields: Self.line + [("x: y", "z")]),
            Refused(testDescription: "a transfer coding", fields: Self.line + [("transfer-encoding", "chunked")]),
            Refused(testDescription: "a connection field", fields: Self.line + [("connection", "close")]),
            Refused(
                testDescription: "a space in the path",
                fields: [(":method", "GET"), (":scheme", "http"), (":path", "/a HTTP/1.1"), (":authority", "f")]),
            Refused(
                testDescription: "a line end in the path",
                fields: [(":method", "GET"), (":scheme", "http"), (":path", "/\r\nx: y"), (":authority", "f")]),
            Refused(
                testDescription: "a space in the method",
                fields: [(":method", "GET /x"), (":scheme", "http"), (":path", "/"), (":authority", "f")]),
            Refused(
                testDescription: "an absolute URL as path",
                fields: [(":method", "GET"), (":scheme", "http"), (":path", "http://f/"), (":authority", "f")]),
            Refused(
                testDescription: "another scheme",
                fields: [(":method", "GET"), (":scheme", "ftp"), (":path", "/"), (":authority", "f")]),
            Refused(testDescription: "no path", fields: [(":method", "GET"), (":scheme", "http")]),
            Refused(
                testDescription: "CONNECT", fields: [(":method", "CONNECT"), (":authority", "f:443")], status: "501"),
        ])
    func refused(_ request: Refused) {
        #expect(text(request.fields) == request.status)
    }
}

@Suite("An HTTP/2 answer")
struct HTTP2FieldsTests {
    @Test("a head in bytes becomes fields in lower case, without those of an HTTP/1 connection")
    func image() {
        let image = ByteBuffer(
            string: "HTTP/1.1 207 Multi-Status\r\nETag: \"a\tb\"\r\nConnection: close\r\nKeep-Alive: 5\r\nX-Y:z\r\n")
        let headers = HTTP2Fields.of(image: image)
        #expect(headers.map { "\($0.name)=\($0.value)" } == [":status=207", "etag=\"a\tb\"", "x-y=z"])
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

    @Test("room is given back when half of the window is used up")
    func window() {
        var window = InboundWindow(size: 100)
        #expect(window.consume(49) == nil)
        #expect(window.consume(1) == 50)
        #expect(window.consume(200) == 200)
    }
}
