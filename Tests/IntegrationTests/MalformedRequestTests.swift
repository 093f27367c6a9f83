import Testing

struct Malformed: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let request: String

    init(_ name: String, _ request: String) {
        testDescription = name
        self.request = request
    }

    /// Each would reach the origin if it were let through.
    static let all: [Malformed] = [
        Malformed("bare LF after the request line", "GET /top.txt HTTP/1.1\nHost: x\r\n\r\n"),
        Malformed("bare LF after a field", "GET /top.txt HTTP/1.1\r\nHost: x\nX: y\r\n\r\n"),
        Malformed("bare CR within a field", "GET /top.txt HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n"),
        Malformed("obsolete line folding", "GET /top.txt HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"),
        Malformed("folding of the first field", "GET /top.txt HTTP/1.1\r\n Host: x\r\n\r\n"),
        Malformed(
            "length and chunked",
            "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Malformed(
            "two lengths that differ",
            "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        Malformed("a list of lengths that differ", "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 4\r\n\r\nabcd"),
        Malformed("a signed length", "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc"),
        Malformed("a negative length", "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc"),
        Malformed("a hexadecimal length", "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc"),
        Malformed(
            "an endless length", "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\nabc"),
        Malformed("an empty length", "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n"),
        Malformed("a coding that is not chunked", "PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
        Malformed(
            "chunked not last", "PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        Malformed(
            "chunked twice",
            "PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Malformed(
            "a coding that looks like chunked",
            "PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        Malformed("chunked in HTTP/1.0", "PUT /x HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Malformed("NUL in a field", "GET /top.txt HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"),
        Malformed("NUL in the target", "GET /top\0.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed("space before the colon", "GET /top.txt HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n"),
        Malformed("space before the colon of a length", "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc"),
        Malformed("a field without a colon", "GET /top.txt HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
        Malformed("a field without a name", "GET /top.txt HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n"),
        Malformed("a field name with a bracket", "GET /top.txt HTTP/1.1\r\nHost: x\r\nX[1]: y\r\n\r\n"),
        Malformed("no Host", "GET /top.txt HTTP/1.1\r\n\r\n"),
        Malformed("two Hosts", "GET /top.txt HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
        Malformed("a Host with user information", "GET /top.txt HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        Malformed("a Host with a path", "GET /top.txt HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        Malformed("an absolute target of another host", "GET http://other/top.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed("a space in the target", "GET /to p.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed("two spaces after the method", "GET  /top.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed("a tab after the method", "GET\t/top.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed("a method of other characters", "G@T /top.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed("no target", "GET HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed("a target without a slash", "GET top.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed("a fragment", "GET /top.txt#part HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed("HTTP/2.0 on the request line", "GET /top.txt HTTP/2.0\r\nHost: x\r\n\r\n"),
        Malformed("HTTP/1.11", "GET /top.txt HTTP/1.11\r\nHost: x\r\n\r\n"),
        Malformed("a version in small letters", "GET /top.txt http/1.1\r\nHost: x\r\n\r\n"),
        Malformed("HTTP/0.9", "GET /top.txt\r\n\r\n"),
        Malformed("CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n"),
        Malformed("a TLS greeting", "\u{16}\u{03}\u{01}\u{02}\0\u{01}\0\u{01}\r\n\r\n"),
        Malformed(
            "an endless target", "GET /" + String(repeating: "a", count: 200_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"),
        Malformed(
            "an endless field",
            "GET /top.txt HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 200_000) + "\r\n\r\n"),
        Malformed(
            "endless fields",
            "GET /top.txt HTTP/1.1\r\nHost: x\r\n" + String(repeating: "X: y\r\n", count: 20_000) + "\r\n"),
    ]

    /// The head is right, so the origin may hear of them; the request must not count as done, nor what follows as another.
    static let bodies: [Malformed] = [
        Malformed("a chunk size that is no number", "zz\r\nabc\r\n0\r\n\r\n"),
        Malformed("an empty chunk size", "\r\nabc\r\n0\r\n\r\n"),
        Malformed("a negative chunk size", "-3\r\nabc\r\n0\r\n\r\n"),
        Malformed("a chunk size with a prefix", "0x3\r\nabc\r\n0\r\n\r\n"),
        Malformed("a chunk size beyond 64 bits", "fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
        Malformed("a chunk longer than it says", "3\r\nabcdef\r\n0\r\n\r\n"),
        Malformed("a chunk that ends in a bare LF", "3\r\nabc\n0\r\n\r\n"),
        Malformed("a chunk size that ends in a bare LF", "3\nabc\r\n0\r\n\r\n"),
        Malformed("an endless chunk extension", "3;" + String(repeating: "a", count: 100_000) + "\r\nabc\r\n0\r\n\r\n"),
    ]
}

@Suite("A malformed request", .serialized, .showingServers, .timeLimit(.minutes(3)))
struct MalformedRequestTests {
    /// One riffle takes them all: what one leaves behind would show in the next.
    @Test("is refused, the connection closes, the origin hears nothing, and riffle lives")
    func refused() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            for malformed in Malformed.all {
                let name = malformed.testDescription
                try await origin.resetCounters()
                let connection = try await RawConnection.open(riffle.port)
                // A second request behind it must not be taken for one.
                await connection.send(malformed.request + "DELETE /a/one.txt HTTP/1.1\r\nHost: x\r\n\r\n")
                do {
                    try await connection.awaitClose()
                } catch {
                    Issue.record("\(name): \(error)")
                }
                #expect(connection.statuses.count <= 1, "\(name): \(connection.text.prefix(300))")
                #expect(connection.statuses.allSatisfy { $0 >= 400 }, "\(name): \(connection.text.prefix(300))")
                await connection.close()
                let counters = try await origin.counters()
                #expect(counters.total == 0, "\(name): \(counters.byPath)")
            }
            #expect(riffle.process.isRunning)
            #expect(try await riffle.probe.send("GET", "/a/one.txt").text == "one")
        }
    }

    @Test("body ends the connection, and nothing of it is stored or taken for a request")
    func badBody() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            for malformed in Malformed.bodies {
                let name = malformed.testDescription
                try await origin.resetCounters()
                let connection = try await RawConnection.open(riffle.port)
                await connection.send(
                    "PUT /victim.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + malformed.request
                        + "DELETE /a/one.txt HTTP/1.1\r\nHost: x\r\n\r\n")
                do {
                    try await connection.awaitClose()
                } catch {
                    Issue.record("\(name): \(error)")
                }
                #expect(connection.statuses.allSatisfy { $0 >= 400 }, "\(name): \(connection.text.prefix(300))")
                await connection.close()
                #expect(try await origin.counters().byKind["DELETE"] == nil, "\(name)")
                #expect(try await riffle.probe.send("GET", "/victim.txt").status == 404, "\(name)")
            }
            #expect(riffle.process.isRunning)
        }
    }
}
