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

    private func link(seats: Int = 1, body: Int = 0) -> HTTP2Link {
        var link = HTTP2Link(seats: seats, body: [UInt8](repeating: 33, count: body))
        _ = control(&link)
        return link
    }

    private func control(_ link: inout HTTP2Link) -> [UInt8] {
        var bytes: [UInt8] = []
        link.takeControl(into: &bytes)
        return bytes
    }

    /// Ends of requests that the bytes led to, given in pieces of so many; nil when the connection is broken.
    private func feed(_ bytes: [UInt8], to link: inout HTTP2Link, piece: Int = .max) -> [HTTP2Link.Ending]? {
        var all: [HTTP2Link.Ending] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let next = Array(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            guard next.withUnsafeBytes({ link.feed($0) }) else { return nil }
            var endings: [HTTP2Link.Ending] = []
            link.takeEndings(into: &endings)
            all += endings
        }
        return all
    }

    private func answer(_ stream: UInt32, status: String = "200") throws -> [UInt8] {
        HTTP2Frame.frame(
            .headers, flags: HTTP2Frame.endHeaders | HTTP2Frame.endStream, stream: stream,
            try block([(":status", status)]))
    }

    private func setting(_ number: UInt8, _ value: UInt32) -> [UInt8] {
        HTTP2Frame.frame(.settings, [0, number] + HTTP2Frame.bigEndian(value))
    }

    @Test(
        "an answer in any pieces is complete with its last byte, with status and outcome",
        arguments: [1, 7, 9, 10, 1_000])
    func answer(piece: Int) throws {
        let head = try block([(":status", "207"), ("cache-status", "riffle; hit; ttl=9; detail=memory"), ("x", "y")])
        var link = link()
        #expect(link.begin(seat: 0).stream == 1)
        let bytes =
            HTTP2Frame.frame(.settings) + HTTP2Frame.frame(.headers, stream: 1, Array(head.prefix(5)))
            + HTTP2Frame.frame(.continuation, flags: HTTP2Frame.endHeaders, stream: 1, Array(head.dropFirst(5)))
            + HTTP2Frame.frame(.data, stream: 1, [UInt8](repeating: 7, count: 300))
            + HTTP2Frame.frame(.data, flags: HTTP2Frame.endStream, stream: 1)
        #expect(feed(bytes.dropLast(), to: &link, piece: piece) == [])
        let ending = try #require(feed([bytes[bytes.count - 1]], to: &link)?.first)
        #expect(ending.status == 207)
        #expect(ending.label.row == "hit memory")
        #expect(control(&link) == HTTP2Frame.frame(.settings, flags: HTTP2Frame.acknowledge))
        #expect(link.canBegin)
        #expect(link.begin(seat: 0).stream == 3)
        #expect(feed(try answer(3), to: &link)?.first?.label == OutcomeLabel.none)
    }

    @Test("the same fields in other codes, and many that differ, are each read as what they say")
    func remembered() throws {
        var answers = AnswerFields()
        for round in 0..<3 {
            for ttl in 0..<AnswerFields.remembered * 2 {
                let tier = ttl % 2 == 0 ? "memory" : "redis"
                let bytes = try block([
                    (":status", ttl % 3 == 0 ? "200" : "207"), ("date", "now \(round)"),
                    ("cache-status", "riffle; hit; ttl=\(ttl); detail=\(tier)"),
                ])
                let meaning = try #require(bytes.withUnsafeBytes { answers.read($0) })
                #expect(meaning.status == (ttl % 3 == 0 ? 200 : 207))
                #expect(meaning.label.row == "hit \(tier)")
            }
        }
        // Not Huffman's code, and the literal status of nobody's table.
        let plain =
            [0x08, 3] + Array("418".utf8) + [0x10, 12] + Array("cache-status".utf8) + [11]
            + Array("riffle; hit".utf8)
        let meaning = try #require(plain.withUnsafeBytes { answers.read($0) })
        #expect(meaning.status == 418)
        #expect(meaning.label.row == "hit")
    }

    @Test("several requests are under way at once, and each answer finds its own, in any order")
    func several() throws {
        var link = link(seats: 3)
        #expect((0..<3).map { link.begin(seat: $0).stream } == [1, 3, 5])
        let endings = try #require(
            feed(try answer(5, status: "204") + answer(1) + answer(3, status: "404"), to: &link, piece: 5))
        #expect(endings.map(\.seat) == [2, 0, 1])
        #expect(endings.map(\.status) == [204, 200, 404])
        #expect(link.underWay == 0)
    }

    @Test("a peer's word on how many at once is kept to", arguments: [(8, 2, 2), (2, 100, 2)])
    func allowed(seats: Int, limit: UInt32, allowed: Int) {
        var link = link(seats: seats)
        #expect(link.allowed == nil)
        #expect(feed(setting(3, limit), to: &link) == [])
        #expect(link.allowed == allowed)
    }

    @Test("a stream that is reset ends alone; what a leaving peer never began with may be asked again")
    func fates() throws {
        var link = link(seats: 3)
        for seat in 0..<3 { _ = link.begin(seat: seat) }
        let reset = HTTP2Frame.frame(.resetStream, stream: 3, [0, 0, 0, 2])
        #expect(feed(reset, to: &link)?.map(\.fate) == [.reset])
        let going = HTTP2Frame.frame(.goAway, HTTP2Frame.bigEndian(1) + [0, 0, 0, 0])
        let left = try #require(feed(going, to: &link))
        #expect(left.map(\.seat) == [2])
        #expect(left.map(\.fate) == [.unprocessed])
        #expect(!link.canBegin)
        #expect(feed(try answer(1), to: &link)?.map(\.fate) == [.answered])
        #expect(link.underWay == 0)
    }

    @Test("a request given up is reset, and its late answer is nobody's")
    func cancelled() throws {
        var link = link()
        _ = link.begin(seat: 0)
        link.cancel(seat: 0)
        #expect(control(&link) == HTTP2Frame.frame(.resetStream, stream: 1, HTTP2Frame.bigEndian(8)))
        #expect(link.begin(seat: 0).stream == 3)
        #expect(feed(try answer(1), to: &link) == [])
        #expect(link.underWay == 1)
    }

    @Test("a body waits for the windows of connection and stream, and goes out in what they take")
    func windows() throws {
        var link = link(seats: 8, body: 16_000)
        #expect((0..<5).map { link.begin(seat: $0).carriesBody } == [true, true, true, true, false])
        // The connection's window has 65,535 - 64,000 bytes left.
        #expect(control(&link) == HTTP2Frame.frame(.data, stream: 9, [UInt8](repeating: 33, count: 1_535)))
        #expect(feed(HTTP2Frame.windowUpdate(100_000), to: &link) == [])
        let rest = HTTP2Frame.frame(
            .data, flags: HTTP2Frame.endStream, stream: 9, [UInt8](repeating: 33, count: 16_000 - 1_535))
        #expect(control(&link) == rest)
        // A stream's own window of one byte, opened later.
        #expect(feed(setting(4, 1), to: &link) == [])
        let begun = link.begin(seat: 5)
        #expect(begun.stream == 11 && !begun.carriesBody)
        #expect(
            control(&link) == HTTP2Frame.frame(.settings, flags: HTTP2Frame.acknowledge)
                + HTTP2Frame.frame(.data, stream: 11, [33]))
        #expect(
            feed(HTTP2Frame.frame(.windowUpdate, stream: 11, HTTP2Frame.bigEndian(20_000)), to: &link) == [])
        #expect(
            control(&link)
                == HTTP2Frame.frame(
                    .data, flags: HTTP2Frame.endStream, stream: 11, [UInt8](repeating: 33, count: 15_999)))
    }

    @Test("interim answers precede the one that counts, trailers follow it")
    func interim() throws {
        var link = link()
        _ = link.begin(seat: 0)
        let bytes =
            HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders, stream: 1, try block([(":status", "103")]))
            + HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders, stream: 1, try block([(":status", "200")]))
            + HTTP2Frame.frame(
                .headers, flags: HTTP2Frame.endHeaders | HTTP2Frame.endStream, stream: 1, try block([("t", "v")]))
        #expect(feed(bytes, to: &link)?.map(\.status) == [200])
    }

    @Test("padding and priority are no part of the fields")
    func padded() throws {
        var link = link()
        _ = link.begin(seat: 0)
        let payload = [3] + [UInt8](repeating: 0, count: 5) + (try block([(":status", "204")])) + [0, 0, 0]
        let flags = HTTP2Frame.padded | HTTP2Frame.priority | HTTP2Frame.endHeaders | HTTP2Frame.endStream
        #expect(feed(HTTP2Frame.frame(.headers, flags: flags, stream: 1, payload), to: &link)?.map(\.status) == [204])
    }

    @Test(
        "what no answer may be fails: a push, frames too long, fields that are none, an end before any status",
        arguments: [
            HTTP2Frame.frame(.pushPromise, stream: 1, [0, 0, 0, 2]),
            Array(HTTP2Frame.frame(.data, stream: 1, [UInt8](repeating: 0, count: 16_385)).prefix(9)),
            HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF]),
            HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders, stream: 1, [0xBE]),
            HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders | HTTP2Frame.padded, stream: 1, [200, 0x88]),
            HTTP2Frame.frame(.data, flags: HTTP2Frame.endStream, stream: 1),
            HTTP2Frame.windowUpdate(HTTP2Frame.largestWindow),
            HTTP2Frame.frame(.goAway, [0]),
        ])
    func broken(bytes: [UInt8]) {
        var link = link()
        _ = link.begin(seat: 0)
        #expect(feed(bytes, to: &link) == nil)
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

    @Test("credentials go by connection, in turns over requests, or few users ask most")
    func order() throws {
        func asked(_ order: String, connections: [Int]) throws -> [Int] {
            var chooser = UserChooser(
                try #require(UserOrder(order)), count: 50, seed: 1, phase: 1, stride: 2)
            return connections.map { chooser.next(connection: $0) }
        }
        #expect(try asked("connection", connections: [0, 0, 3]) == [1, 1, 7])
        #expect(try asked("round-robin", connections: [0, 0, 3]) == [1, 3, 5])
        let many = try asked("zipf:1.2", connections: Array(repeating: 0, count: 5_000))
        let counts = Dictionary(grouping: many, by: \.self).mapValues(\.count).values.sorted(by: >)
        #expect(many.allSatisfy { (0..<50).contains($0) })
        #expect(counts[0] > 5_000 / 50 * 5)
        #expect(counts.count > 25)
        for wrong in ["zipf:x", "zipf:11", "people"] { #expect(UserOrder(wrong) == nil) }
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
