import Testing

@testable import RiffleBench

@Suite struct ReplayTests {
    @Test(
        "each kind of line gives its time, method and path",
        arguments: [
            ("12.5\t7\t/a b/c", 12.5, nil, "/a%20b/c"),
            (
                "1.2.3.4 - me [10/Oct/2000:13:55:36 -0700] \"PROPFIND /x?y=1 HTTP/1.1\" 207 9 \"-\" \"agent\"",
                971_211_336,
                "PROPFIND", "/x?y=1"
            ),
            (
                "{\"time\":\"2000-10-10T20:55:36.5Z\",\"client\":\"c\",\"method\":\"GET\",\"path\":\"/\\u00e9\"}",
                971_211_336.5, "GET", "/%C3%A9"
            ),
            ("{\"ts\":5,\"uri\":\"/u\"}", 5, nil, "/u"),
        ] as [(String, Double, String?, String)])
    func lines(_ line: String, _ time: Double, _ method: String?, _ path: String) {
        #expect(AccessTrace.event(line[...]) == .init(time: time, method: method, path: path))
    }

    @Test(
        "a time is read in its zone, over leap days",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00+02:00", 951_818_400),
            ("2026-03-01t00:00:00z", 1_772_323_200),
            ("2026-13-01T00:00:00Z", nil), ("2026-01-01T00:00:00", nil), ("noon", nil),
        ] as [(String, Double?)])
    func times(_ text: String, _ seconds: Double?) { #expect(LogTime.rfc3339(text) == seconds) }

    @Test("writes are never repeated, other lines are counted, and time begins at the first request")
    func filtered() throws {
        let trace = try AccessTrace(
            text: """
                # a comment
                {"time":100,"method":"DELETE","path":"/a"}
                {"time":103,"method":"GET","path":"/late"}
                {"time":101,"method":"GET","path":"/early"}
                nonsense
                """, name: "log")
        #expect(trace.events.map(\.path) == ["/early", "/late"])
        #expect(trace.events.map(\.time) == [0, 2])
        #expect(trace.skippedWrites == 1)
        #expect(trace.skippedLines == 1)
        #expect(throws: AccessTrace.Failure.self) { try AccessTrace(text: "x", name: "log") }
    }

    private func tree() -> (Tree, [String]) {
        var tree = Tree()
        for parent in [nil, 0, 0, 1, 1] { _ = tree.add(under: parent) }
        return (tree, ["/r/", "/r/a/", "/r/b/", "/r/a/x/", "/r/a/y/"])
    }

    @Test("a folder keeps its counterpart, children stay below their parent, and the rest goes where nobody is")
    func mapped() {
        var map = FolderMap(tree().0)
        let seen = ["/", "/one", "/two", "/one/deep/", "/one", "/two/deep"].map { map.folder(for: $0) }
        #expect(seen == [0, 1, 2, 3, 1, 4])
    }

    @Test("a hundred times faster, with long pauses cut")
    func paced() throws {
        let trace = try AccessTrace(text: "0\t1\t/a\n100\t1\t/b\n1000\t2\t/a\n", name: "t")
        let requests = try RequestSet(authority: "h", headers: [])
        let plan = try ReplayPlan(
            trace, limit: 10, pace: .speed(100, longestGap: 2), paths: .prefix("/p"), method: "GET", requests: requests)
        #expect(plan.order == [0, 1, 0])
        #expect(plan.times == [0, 1_000_000_000, 3_000_000_000])
        #expect(plan.requests.targets == ["/p/a", "/p/b"])
        let (tree, paths) = tree()
        let even = try ReplayPlan(
            trace, limit: 2, pace: .rate(10), paths: .tree(tree, paths), method: "GET", requests: requests)
        #expect(even.times == [0, 100_000_000])
        #expect(even.requests.targets == ["/r/a/", "/r/b/"])
    }

    @Test("a replay sends each request of its trace once, in its order")
    func sent() throws {
        let server = try #require(
            ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", closing: false))
        defer { server.stop() }
        let target = try Target(url: "http://127.0.0.1:\(server.port)")
        let text = (0..<50).map { "\($0)\t1\t/f\($0 % 7)" }.joined(separator: "\n")
        var plan = try ReplayPlan(
            AccessTrace(text: text, name: "t"), limit: 100, pace: .rate(1000), paths: .prefix(""), method: "GET",
            requests: RequestSet(authority: target.authority, headers: [])
        ).load(target.resolve())
        plan.connections = 4
        let recorder = try LoadRun.run(plan).recorder
        #expect(recorder.sent == 50)
        #expect(recorder.answered == 50)
    }
}
