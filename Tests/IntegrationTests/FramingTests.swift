import Foundation
import NIOCore
import Testing

@Suite("HTTP/1.1 framing", .serialized, .showingServers, .timeLimit(.minutes(3)))
struct FramingTests {
    @Test("pipelined hits, misses and files are answered in order on one connection")
    func pipelining() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.row(20), dialect: "autoindex", latency: "fixed:50ms")
            let riffle = try await stage.riffle(before: origin.url, dialect: "autoindex")
            _ = try await riffle.probe.send("GET", "/3/")
            let connection = try await RawConnection.open(riffle.port)
            var requests = ""
            var expected: [String] = []
            for index in 0..<20 {
                // Hit, cold, file, hit …
                let folder = index % 2 == 0 ? 3 : index
                let path = index % 5 == 4 ? "/\(folder)/file-\(folder).txt" : "/\(folder)/"
                requests += "GET \(path) HTTP/1.1\r\nHost: x\r\nX-Index: \(index)\r\n\r\n"
                expected.append(path.hasSuffix("/") ? "file-\(folder).txt" : "\r\n\r\n\(folder)")
            }
            await connection.send(requests)
            try await connection.awaitText("20 answers") { _ in connection.statuses.count == 20 }
            try await connection.awaitText("the last body") { $0.hasSuffix("]\n") || $0.contains(expected[19]) }
            #expect(connection.statuses == Array(repeating: 200, count: 20))
            let answers = connection.text.components(separatedBy: "HTTP/1.1 200").dropFirst()
            for (answer, piece) in zip(answers, expected) { #expect(answer.contains(piece)) }
            #expect(!connection.isClosed)
            await connection.close()
        }
    }

    @Test("requests cut anywhere into pieces mean the same")
    func anyCut() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            let request =
                "PUT /cut.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nX-Field: some value\r\n\r\nhello, dear"
                + "PUT /cut.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;x=y\r\nhello\r\n6\r\n, dear\r\n0\r\nX: y\r\n\r\nGET /cut.txt HTTP/1.1\r\nHost: x\r\n\r\n"
            let bytes = Array(request.utf8)
            let connection = try await RawConnection.open(riffle.port)
            var answers = 0
            for cut in stride(from: 1, to: bytes.count, by: 7) {
                await connection.send(Array(bytes[..<cut]))
                await connection.send(Array(bytes[cut...]))
                answers += 3
                try await connection.awaitText("\(answers) answers") { _ in connection.statuses.count == answers }
            }
            #expect(Set(connection.statuses).isSubset(of: [200, 201, 204]))
            #expect(connection.text.components(separatedBy: "hello, dear").count == answers / 3 + 1)
            await connection.close()
        }
    }

    @Test(
        "Connection: close and HTTP/1.0 end the connection after the answer",
        arguments: [
            "GET /top.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /top.txt HTTP/1.0\r\n\r\n",
            "GET /top.txt HTTP/1.0\r\nHost: x\r\n\r\n",
        ])
    func close(request: String) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url)
            let connection = try await RawConnection.open(riffle.port)
            await connection.send(request)
            try await connection.awaitClose()
            #expect(connection.statuses == [200])
            #expect(connection.text.hasSuffix("top"))
        }
    }

    @Test("a chunked upload with extensions and trailers arrives whole")
    func chunkedUpload() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url)
            let connection = try await RawConnection.open(riffle.port)
            await connection.send(
                "PUT /c.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5;a=b\r\nhello\r\n6\r\n, dear\r\n0\r\nX-Trailer: t\r\n\r\n"
                    + "GET /c.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            try await connection.awaitText("both answers") { $0.contains("hello, dear") }
            #expect(connection.statuses == [201, 200])
            await connection.close()
        }
    }

    @Test("Expect: 100-continue gets its interim answer, then the final one")
    func expectContinue() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url)
            let connection = try await RawConnection.open(riffle.port)
            await connection.send("PUT /e.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            try await connection.awaitText("100 Continue") { _ in connection.statuses == [100] }
            await connection.send("hello")
            try await connection.awaitText("the final answer") { _ in connection.statuses == [100, 201] }
            #expect(try await riffle.probe.send("GET", "/e.txt").text == "hello")
            await connection.close()
        }
    }

    @Test("a large upload and download keep every byte, and riffle's memory stays small")
    func largeBodies() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url)
            let size = 50 << 20
            var bytes = ByteBuffer()
            bytes.reserveCapacity(size)
            var state: UInt64 = 42
            for _ in 0..<(size / 8) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.writeInteger(state)
            }
            _ = try await riffle.probe.send("GET", "/top.txt")
            let before = ProcessTable.residentBytes(riffle.process.pid)
            #expect(try await riffle.probe.send("PUT", "/large", body: bytes).status == 201)
            let back = try await riffle.probe.send("GET", "/large")
            #expect(back.body == bytes)
            #expect(ProcessTable.residentBytes(riffle.process.pid) - before < 32 << 20)
        }
    }

    @Test("a slow reader holds back the origin instead of filling riffle's memory")
    func slowReader() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url)
            let size = 96 << 20
            #expect(
                try await origin.probe.send("PUT", "/large", body: ByteBuffer(repeating: 7, count: 60 << 20)).status
                    == 201)
            _ = try await riffle.probe.send("GET", "/top.txt")
            let before = ProcessTable.residentBytes(riffle.process.pid)
            var slow: [RawConnection] = []
            for _ in 0..<4 {
                let connection = try await RawConnection.open(riffle.port, reads: false)
                await connection.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.read()
                slow.append(connection)
            }
            for connection in slow { try await eventually("it has begun") { !connection.received.isEmpty } }
            // Others are served meanwhile, for as long as it would have taken to swallow the files.
            for _ in 0..<50 { #expect(try await riffle.probe.send("GET", "/a/one.txt").text == "one") }
            #expect(ProcessTable.residentBytes(riffle.process.pid) - before < size / 2)
            for connection in slow { await connection.close() }
            #expect(try await riffle.probe.send("GET", "/a/one.txt").text == "one")
        }
    }

    @Test("a client that leaves in the middle of a download harms nobody")
    func clientLeaves() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url)
            #expect(
                try await origin.probe.send("PUT", "/large", body: ByteBuffer(repeating: 7, count: 16 << 20)).status
                    == 201)
            for _ in 0..<20 {
                let connection = try await RawConnection.open(riffle.port)
                await connection.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
                try await eventually("it has begun") { !connection.received.isEmpty }
                await connection.close()
            }
            #expect(try await riffle.probe.send("GET", "/large").body.readableBytes == 16 << 20)
        }
    }

    @Test("HEAD of a cached listing carries no body, so the next answer stands right behind it")
    func headOfAHit() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "autoindex")
            let riffle = try await stage.riffle(before: origin.url, dialect: "autoindex")
            _ = try await riffle.probe.send("GET", "/a/")
            let connection = try await RawConnection.open(riffle.port)
            await connection.send(
                "HEAD /a/ HTTP/1.1\r\nHost: x\r\n\r\nGET /a/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            try await connection.awaitClose()
            #expect(connection.statuses == [200, 200])
            #expect(connection.text.components(separatedBy: "one.txt").count == 2)
        }
    }

    @Test("a body on a request that is answered from memory is not taken for the next request")
    func bodyOnAHit() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "autoindex")
            let riffle = try await stage.riffle(before: origin.url, dialect: "autoindex")
            _ = try await riffle.probe.send("GET", "/a/")
            try await origin.resetCounters()
            let smuggled = "DELETE /a/one.txt HTTP/1.1\r\nHost: x\r\n\r\n"
            let connection = try await RawConnection.open(riffle.port)
            await connection.send(
                "GET /a/ HTTP/1.1\r\nHost: x\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n\(smuggled)"
                    + "GET /a/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            try await connection.awaitClose()
            #expect(try await origin.counters().byKind["DELETE"] == nil)
            #expect(connection.statuses.count <= 2)
        }
    }
}
