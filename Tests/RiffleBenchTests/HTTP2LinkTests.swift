import NIOCore
import NIOHPACK
import Testing

@testable import RiffleBench

@Suite struct HTTP2LinkTests {
    /// Fields as a server's encoder writes them, Huffman code and all.
    private func block(_ fields: [(String, String)]) throws -> [UInt8] {
        var encoder = HPACKEncoder(allocator: ByteBufferAllocator(), maxDynamicTableSize: 0)
        var buffer = ByteBuffer()
        try encoder.encode(headers: HPACKHeaders(fields), to: &buffer)
        return Array(buffer.readableBytesView)
    }

    private func link() -> HTTP2Link {
        var link = HTTP2Link()
        _ = link.takeControl()
        return link
    }

    /// What the last piece led to, in pieces of so many bytes.
    private func feed(_ bytes: [UInt8], to link: inout HTTP2Link, piece: Int = .max) -> Connection.Fed {
        var fed = Connection.Fed.more
        var rest = bytes[...]
        while !rest.isEmpty, fed == .more {
            let next = Array(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            fed = next.withUnsafeBytes { link.feed($0) }
        }
        return fed
    }

    @Test(
        "an answer in any pieces is complete with its last byte, with status and outcome",
        arguments: [1, 7, 9, 10, 1_000])
    func answer(piece: Int) throws {
        let head = try block([(":status", "207"), ("cache-status", "riffle; hit; ttl=9; detail=memory"), ("x", "y")])
        var link = link()
        #expect(link.begin(body: 0) == 1)
        let bytes =
            HTTP2Frame.frame(.settings) + HTTP2Frame.frame(.headers, stream: 1, Array(head.prefix(5)))
            + HTTP2Frame.frame(.continuation, flags: HTTP2Frame.endHeaders, stream: 1, Array(head.dropFirst(5)))
            + HTTP2Frame.frame(.data, stream: 1, [UInt8](repeating: 7, count: 300))
            + HTTP2Frame.frame(.data, flags: HTTP2Frame.endStream, stream: 1)
        #expect(feed(bytes.dropLast(), to: &link, piece: piece) == .more)
        #expect(feed([bytes[bytes.count - 1]], to: &link) == .complete)
        #expect(link.status == 207)
        #expect(link.label.row == "hit memory")
        #expect(link.takeControl() == HTTP2Frame.frame(.settings, flags: HTTP2Frame.acknowledge))
        #expect(link.canCarry(body: 0))
        #expect(link.begin(body: 0) == 3)
        #expect(link.label == .none)
    }

    @Test("interim answers precede the one that counts, trailers follow it")
    func interim() throws {
        var link = link()
        _ = link.begin(body: 0)
        let bytes =
            HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders, stream: 1, try block([(":status", "103")]))
            + HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders, stream: 1, try block([(":status", "200")]))
            + HTTP2Frame.frame(
                .headers, flags: HTTP2Frame.endHeaders | HTTP2Frame.endStream, stream: 1, try block([("t", "v")]))
        #expect(feed(bytes, to: &link) == .complete)
        #expect(link.status == 200)
    }

    @Test("padding and priority are no part of the fields")
    func padded() throws {
        var link = link()
        _ = link.begin(body: 0)
        let payload = [3] + [UInt8](repeating: 0, count: 5) + (try block([(":status", "204")])) + [0, 0, 0]
        let flags = HTTP2Frame.padded | HTTP2Frame.priority | HTTP2Frame.endHeaders | HTTP2Frame.endStream
        #expect(feed(HTTP2Frame.frame(.headers, flags: flags, stream: 1, payload), to: &link) == .complete)
        #expect(link.status == 204)
    }

    @Test("a connection told to go, or without window for the body, carries no further request")
    func limits() {
        var going = link()
        #expect(feed(HTTP2Frame.frame(.goAway, [UInt8](repeating: 0, count: 8)), to: &going) == .more)
        #expect(!going.canCarry(body: 0))
        var narrow = link()
        for _ in 0..<4 { _ = narrow.begin(body: 16_000) }
        #expect(!narrow.canCarry(body: 16_000))
        #expect(feed(HTTP2Frame.windowUpdate(32_000), to: &narrow) == .more)
        #expect(narrow.canCarry(body: 16_000))
    }

    @Test(
        "what no answer may be fails: a reset, a push, frames too long, fields that are none",
        arguments: [
            HTTP2Frame.frame(.resetStream, stream: 1, [0, 0, 0, 0]),
            HTTP2Frame.frame(.pushPromise, stream: 1, [0, 0, 0, 2]),
            Array(HTTP2Frame.frame(.data, stream: 1, [UInt8](repeating: 0, count: 16_385)).prefix(9)),
            HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF]),
            HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders | HTTP2Frame.padded, stream: 1, [200, 0x88]),
        ])
    func broken(bytes: [UInt8]) {
        var link = link()
        _ = link.begin(body: 0)
        #expect(feed(bytes, to: &link) == .failed)
    }
}

@Suite struct RequestSetTests {
    private func written(_ set: RequestSet, user: Int, stream: UInt32) -> [UInt8] {
        var source = set.bytes
        var output = [UInt8](repeating: 0, count: set.longest)
        let count = source.withUnsafeMutableBytes { source in
            output.withUnsafeMutableBytes { output in
                guard let from = source.baseAddress, let to = output.baseAddress else { return 0 }
                return set.write(0, user: user, stream: stream, from: from, to: to)
            }
        }
        return Array(output.prefix(count))
    }

    @Test("users take turns, and each sends what it alone sends")
    func users() throws {
        var set = try RequestSet(authority: "h", headers: ["A: b"], users: [["X: 1"], ["X: 2"]], body: [33])
        try set.add(method: "PROPFIND", target: "/")
        for (user, mark) in [(0, "1"), (1, "2"), (2, "1")] {
            let text = String(decoding: written(set, user: user, stream: 0), as: UTF8.self)
            #expect(text == "PROPFIND / HTTP/1.1\r\nHost: h\r\nA: b\r\nContent-Length: 1\r\nX: \(mark)\r\n\r\n!")
        }
    }

    @Test("HTTP/2 says the same in frames, without what belongs to a connection")
    func frames() throws {
        let long = String(repeating: "x", count: 300)
        var set = try RequestSet(
            authority: "h:1", headers: ["Connection: close", "Long: \(long)"], users: [["Cookie: a=b"]], body: [33],
            version: .http2, secure: true)
        try set.add(method: "GET", target: "/a")
        let bytes = written(set, user: 0, stream: 7)
        let length = Int(bytes[1]) << 8 | Int(bytes[2])
        #expect(Array(bytes[3..<9]) == [1, HTTP2Frame.endHeaders, 0, 0, 0, 7])
        var decoder = HPACKDecoder(allocator: ByteBufferAllocator(), maxDynamicTableSize: 0)
        var block = ByteBuffer(bytes: bytes[9..<9 + length])
        let fields = try decoder.decodeHeaders(from: &block).map { "\($0.name): \($0.value)" }
        #expect(
            fields == [
                ":method: GET", ":path: /a", ":scheme: https", ":authority: h:1", "long: \(long)", "content-length: 1",
                "cookie: a=b",
            ])
        #expect(Array(bytes[(9 + length)...]) == HTTP2Frame.frame(.data, flags: HTTP2Frame.endStream, stream: 7, [33]))
    }

    @Test("a user is a name and a password, or a header; a pattern counts from one")
    func patterns() throws {
        #expect(try Users.field("ann:pass word:x") == "Authorization: Basic YW5uOnBhc3Mgd29yZDp4")
        #expect(try Users.field("Authorization: Bearer t") == "Authorization: Bearer t")
        #expect(try Users.lines("a:b\nX: y\n").count == 2)
        #expect(try Users.pattern("X: {n}", count: 2) == [["X: 1"], ["X: 2"]])
        #expect(throws: Users.Failure.self) { try Users.pattern("X: same", count: 2) }
        #expect(throws: Users.Failure.self) { try Users.field("nobody") }
    }
}
