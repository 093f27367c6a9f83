import NIOCore
import NIOHTTP1
import RiffleHTTP
import Testing

@testable import RiffleProxy

@Suite("Fields to and from the origin")
struct OriginFieldsTests {
    private let origin = OriginURL("https://files.example.com")

    private func request(_ fields: [(String, String)], method: String = "MOVE") throws -> RequestMessage {
        var text = "\(method) /a HTTP/1.1\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        let bytes = Array((text + "\r\n").utf8)
        var head = RequestHead()
        return try bytes.withUnsafeBytes { bytes in
            try #require(RequestParser.parse(bytes, into: &head) == .complete)
            return RequestMessage(head, bytes: bytes, body: nil)
        }
    }

    private func fields(host: Settings.OriginHost = .origin) throws -> OriginFields {
        OriginFields(origin: try #require(origin), host: host)
    }

    @Test("the origin sees its own name, and Destination and If in its own terms")
    func namesTranslated() throws {
        let request = try request([
            ("Host", "riffle:8080"), ("Destination", "http://riffle:8080/b%20c"),
            ("If", "<http://riffle:8080/a> (<urn:x>) (Not <urn:y>)"),
        ])
        let sent = try fields().forward(request, remoteAddress: "10.0.0.1")
        #expect(sent["host"] == ["files.example.com"])
        #expect(sent["destination"] == ["https://files.example.com/b%20c"])
        #expect(sent["if"] == ["<https://files.example.com/a> (<urn:x>) (Not <urn:y>)"])
    }

    @Test(
        "a Destination that is not riffle's is left alone",
        arguments: ["/b", "http://riffle:80801/b", "http://riffle:8080.evil/b", "http://other/b"])
    func foreignDestination(destination: String) throws {
        let request = try request([("Host", "riffle:8080"), ("Destination", destination)])
        #expect(try fields().forward(request, remoteAddress: "::1")["destination"] == [destination])
    }

    @Test("with preserve the host stays, and only the scheme is said as each side knows it")
    func preserve() throws {
        let request = try request([("Host", "riffle"), ("Destination", "http://riffle/b")])
        let fields = try fields(host: .preserve)
        let sent = fields.forward(request, remoteAddress: "::1")
        #expect(sent["host"] == ["riffle"])
        #expect(sent["destination"] == ["https://riffle/b"])
        #expect(fields.backward(["Location": "https://riffle/c"], to: "riffle")["location"] == ["http://riffle/c"])
        let alike = OriginFields(origin: fields.origin, host: .preserve, clientScheme: "https")
        #expect(alike.forward(request, remoteAddress: "::1")["destination"] == ["http://riffle/b"])
    }

    @Test("who came by TLS is known to the origin as such, and led back by TLS")
    func secure() throws {
        let request = try request([("Host", "riffle"), ("Destination", "https://riffle/b")])
        let fields = OriginFields(
            origin: try #require(OriginURL("http://files.example.com")), host: .origin, clientScheme: "https")
        let sent = fields.forward(request, remoteAddress: "::1")
        #expect(sent["x-forwarded-proto"] == ["https"])
        #expect(sent["destination"] == ["http://files.example.com/b"])
        let answer = fields.backward(["Location": "http://files.example.com/c"], to: "riffle")
        #expect(answer["location"] == ["https://riffle/c"])
    }

    @Test("what strangers say of who they forward for is replaced")
    func forwarded() throws {
        let request = try request([
            ("Host", "riffle"), ("X-Forwarded-For", "6.6.6.6"), ("Forwarded", "for=6.6.6.6"),
            ("X-Forwarded-Proto", "https"), ("X-Forwarded-Prefix", "/evil"), ("X-Real-IP", "6.6.6.6"),
            ("X-Forwarded-Host", "evil"), ("Forwarded", "host=evil"), ("True-Client-IP", "6.6.6.6"),
        ])
        let sent = try fields().forward(request, remoteAddress: "10.0.0.1")
        #expect(sent["x-forwarded-for"] == ["10.0.0.1"])
        #expect(sent["x-forwarded-proto"] == ["http"])
        #expect(sent["x-forwarded-host"] == ["riffle"])
        #expect(sent["forwarded"] == ["for=10.0.0.1;proto=http;host=\"riffle\""])
        #expect(!sent.contains { $0.value.contains("evil") || $0.value.contains("6.6.6.6") })
    }

    @Test("what a trusted proxy says of it stays, with this hop behind it")
    func trusted() throws {
        let request = try request([
            ("Host", "riffle"), ("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.1;proto=https"),
            ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "files.example"), ("X-Real-IP", "192.0.2.1"),
        ])
        var fields = try fields()
        fields.trusted = [try #require(AddressRange("2001:db8::/32"))]
        let sent = fields.forward(request, remoteAddress: "2001:db8::1")
        #expect(sent["x-forwarded-for"] == ["192.0.2.1, 2001:db8::1"])
        #expect(sent["x-forwarded-proto"] == ["https"] && sent["x-forwarded-host"] == ["files.example"])
        #expect(sent["x-real-ip"] == ["192.0.2.1"])
        let hop = "for=\"[2001:db8::1]\";proto=http;host=\"riffle\""
        #expect(sent["forwarded"] == ["for=192.0.2.1;proto=https, \(hop)"])
        #expect(fields.forward(request, remoteAddress: "192.0.2.9")["x-forwarded-for"] == ["192.0.2.9"])
    }

    @Test("a fill asks for the whole listing in its plain coding")
    func fill() throws {
        let request = try request(
            [
                ("Host", "riffle"), ("If-None-Match", "\"x\""), ("Range", "bytes=0-1"), ("Accept-Encoding", "gzip"),
                ("Cache-Control", "no-cache"), ("Authorization", "Basic eA=="), ("Depth", "1"),
            ], method: "PROPFIND")
        let sent = try fields().fill(request, remoteAddress: "::1")
        for name in ["if-none-match", "range", "accept-encoding", "cache-control"] { #expect(sent[name].isEmpty) }
        #expect(sent["authorization"] == ["Basic eA=="])
        #expect(sent["depth"] == ["1"])
    }

    @Test("Location comes back in riffle's name")
    func location() throws {
        let answer: HTTPHeaders = [
            "Location": "https://files.example.com/a/", "Connection": "X-Secret", "X-Secret": "1",
        ]
        let seen = try fields().backward(answer, to: "riffle:8080")
        #expect(seen["location"] == ["http://riffle:8080/a/"])
        #expect(seen["x-secret"].isEmpty)
    }
}
