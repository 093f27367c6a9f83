import Testing

@testable import RiffleBench

@Suite struct EngineTests {
    private func run(_ answer: String, closing: Bool = false, open: Bool = false) throws -> Recorder {
        let server = try #require(ScriptedServer(answer: answer, closing: closing))
        defer { server.stop() }
        let target = try Target(url: "http://127.0.0.1:\(server.port)/x")
        var requests = try RequestSet(authority: target.authority, headers: [])
        try requests.add(method: "GET", target: target.path)
        var plan = LoadPlan(
            address: try target.resolve(), requests: requests, workload: .list,
            pace: open ? .open([.init(rate: 500, nanoseconds: 200_000_000)]) : .closed(think: 0))
        plan.connections = 2
        plan.duration = open ? 200_000_000 : 5 * Nanoseconds.perSecond
        plan.limit = open ? 0 : 40
        return try LoadRun.run(plan).recorder
    }

    @Test("kept connections carry request after request, counted by outcome")
    func kept() throws {
        let seen = try run("HTTP/1.1 200 OK\r\nCache-Status: riffle; hit; detail=memory\r\nContent-Length: 2\r\n\r\nok")
        #expect(seen.answered >= 40)
        #expect(seen.errors == 0)
        #expect(seen.rows.map(\.label.row) == ["hit memory"])
    }

    @Test("a connection the server closes is replaced, and no request is lost")
    func closed() throws {
        #expect(
            try run("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", closing: true).errors == 0)
        #expect(try run("HTTP/1.0 200 OK\r\n\r\nuntil close", closing: true).errors == 0)
    }

    @Test("the open model sends what it planned")
    func planned() throws {
        let seen = try run("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", open: true)
        #expect(seen.sent == 100)
        #expect(seen.answered == 100)
    }

    @Test("an answer that is no success is an error with a row of its own")
    func refused() throws {
        let seen = try run("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
        #expect(seen.rows.isEmpty)
        #expect(seen.answered == seen.errors)
    }
}
