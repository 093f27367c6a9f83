import Testing

@testable import RiffleBench

/// One response on the wire, and how it must be understood.
struct WireCase: CustomTestStringConvertible, Sendable {
    let name: String
    let wire: String
    var bodiless = false
    var status = 200
    var reusable = true

    var testDescription: String { name }

    static let all = [
        WireCase(name: "counted", wire: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        WireCase(name: "empty", wire: "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n"),
        WireCase(
            name: "chunked",
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n"),
        WireCase(
            name: "trailers", wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n"),
        WireCase(name: "head", wire: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", bodiless: true),
        WireCase(name: "not modified", wire: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: 304),
        WireCase(name: "no content", wire: "HTTP/1.1 204 No Content\r\n\r\n", status: 204),
        WireCase(
            name: "closing", wire: "HTTP/1.1 207 Multi-Status\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx",
            status: 207, reusable: false),
        WireCase(
            name: "interim first", wire: "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
        ),
        WireCase(name: "HTTP/1.0", wire: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", reusable: false),
    ]
}

@Suite struct ResponseScannerTests {
    @Test("a response ends at the same byte wherever it is split", arguments: WireCase.all)
    func splits(_ wire: WireCase) {
        let bytes = Array(wire.wire.utf8)
        for split in 1...bytes.count {
            var connection = Connection()
            connection.start(bodiless: wire.bodiless)
            var last = bytes[..<split].withUnsafeBytes { connection.feed($0) }
            if split < bytes.count {
                #expect(last == .more, "split at \(split)")
                last = bytes[split...].withUnsafeBytes { connection.feed($0) }
            }
            #expect(last == .complete, "split at \(split)")
            #expect(connection.status == wire.status)
            #expect(connection.canCarry == wire.reusable)
        }
    }

    @Test("a response that comes byte by byte ends with its last byte", arguments: WireCase.all)
    func trickle(_ wire: WireCase) {
        var connection = Connection()
        connection.start(bodiless: wire.bodiless)
        let answers = wire.wire.utf8.map { byte in [byte].withUnsafeBytes { connection.feed($0) } }
        #expect(answers.last == .complete)
        #expect(answers.dropLast().allSatisfy { $0 == .more })
    }

    @Test("broken framing is refused", arguments: 0..<7)
    func refused(_ number: Int) {
        let wires = [
            "HTTP/2 200 OK\r\nContent-Length: 1\r\n\r\nx",
            "HTTP/1.1 2x0 OK\r\nContent-Length: 1\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ]
        var connection = Connection()
        connection.start(bodiless: false)
        #expect(Array(wires[number].utf8).withUnsafeBytes { connection.feed($0) } == .failed)
    }

    @Test("a response without length ends when its connection does")
    func untilClose() {
        var connection = Connection()
        connection.start(bodiless: false)
        #expect(Array("HTTP/1.1 200 OK\r\n\r\nabc".utf8).withUnsafeBytes { connection.feed($0) } == .more)
        #expect(connection.endsAtClose)
        #expect(!connection.canCarry)
    }

    @Test("bytes after a response end the use of its connection")
    func surplus() {
        var connection = Connection()
        connection.start(bodiless: false)
        let wire = Array("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy".utf8)
        #expect(wire.withUnsafeBytes { connection.feed($0) } == .complete)
        #expect(!connection.canCarry)
    }
}
