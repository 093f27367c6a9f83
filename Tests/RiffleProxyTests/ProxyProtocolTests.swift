import NIOCore
import Testing

@testable import RiffleProxy

@Suite("The PROXY protocol")
struct ProxyProtocolTests {
    private static let signature: [UInt8] = Array("\r\n\r\n\0\r\nQUIT\n".utf8)

    private func parse(_ bytes: [UInt8]) -> (ProxyHeader.Parse, rest: String) {
        var buffer = ByteBuffer(bytes: bytes)
        let result = ProxyHeader.parse(&buffer)
        return (result, String(buffer: buffer))
    }

    struct Line: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let result: ProxyHeader.Parse
    }

    @Test(
        "lines of version 1",
        arguments: [
            Line(
                testDescription: "IPv4", text: "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n",
                result: .client("192.0.2.1")),
            Line(testDescription: "IPv6", text: "PROXY TCP6 2001:db8::1 ::1 1 2\r\n", result: .client("2001:db8::1")),
            Line(testDescription: "unknown", text: "PROXY UNKNOWN\r\n", result: .client(nil)),
            Line(testDescription: "the beginning", text: "PROXY TCP4 19", result: .needMore),
            Line(testDescription: "no header", text: "GET / HTTP/1.1\r\n", result: .malformed),
            Line(
                testDescription: "a name for an address", text: "PROXY TCP4 host 192.0.2.2 1 2\r\n", result: .malformed),
            Line(testDescription: "the other family", text: "PROXY TCP4 ::1 ::1 1 2\r\n", result: .malformed),
            Line(testDescription: "no port", text: "PROXY TCP4 1.2.3.4 1.2.3.4 0 2\r\n", result: .malformed),
            Line(testDescription: "a bare line feed", text: "PROXY UNKNOWN\n", result: .malformed),
            Line(
                testDescription: "a line without end", text: "PROXY TCP4 " + String(repeating: "1", count: 120),
                result: .malformed),
        ])
    func lines(_ line: Line) {
        #expect(parse(Array(line.text.utf8)).0 == line.result)
    }

    @Test("headers of version 2, to the last byte and no further")
    func binary() {
        let v4: [UInt8] = [192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2]
        let (client, rest) = parse(Self.signature + [0x21, 0x11, 0, 15] + v4 + [4, 0, 0] + Array("GET".utf8))
        #expect(client == .client("192.0.2.1") && rest == "GET")
        let v6 = [UInt8](repeating: 0, count: 15) + [1] + [UInt8](repeating: 0, count: 20)
        #expect(parse(Self.signature + [0x21, 0x21, 0, 36] + v6).0 == .client("::1"))
        #expect(parse(Self.signature + [0x20, 0x00, 0, 0]).0 == .client(nil))
        #expect(parse(Self.signature + [0x21, 0x11, 0, 12] + v4.dropLast()).0 == .needMore)
        #expect(parse(Array(Self.signature.prefix(5))).0 == .needMore)
        #expect(parse(Self.signature + [0x21, 0x11, 0, 4] + v4).0 == .malformed)
        #expect(parse(Self.signature + [0x11, 0x11, 0, 12] + v4).0 == .malformed)
        #expect(parse(Self.signature + [0x21, 0x11, 0xFF, 0xFF] + v4).0 == .malformed)
        #expect(parse(Array("\r\n\r\nGET".utf8)).0 == .malformed)
    }

    @Test(
        "addresses and blocks",
        arguments: [
            ("10.0.0.0/8", "10.9.8.7", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/9", "10.128.0.1", false),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("0.0.0.0/0", "8.8.8.8", true), ("2001:db8::/32", "2001:db8:1::1", true), ("0.0.0.0/0", "::1", false),
            ("unix", nil, true), ("0.0.0.0/0", nil, false), ("unix", "127.0.0.1", false),
        ] as [(String, String?, Bool)])
    func ranges(range: String, address: String?, expected: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == expected)
    }

    @Test(
        "what is no address is refused", arguments: ["", "host", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "1.2.3.4/-1"])
    func noRanges(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test("a trusted balancer is served with the header and not without")
    func served() async throws {
        try await RunningRiffle.run({ $0.proxyProtocolFrom = [AddressRange("127.0.0.1")].compactMap { $0 } }) {
            riffle in
            let request = "GET /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let answer = try await PlainSocket.exchange("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + request, riffle.port)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
            #expect(try await PlainSocket.exchange(request, riffle.port) == "")
        }
    }
}
