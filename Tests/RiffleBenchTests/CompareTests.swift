import Foundation
import Glibc
import Testing

@testable import RiffleBench

@Suite struct CompareTests {
    @Test("twice in one round and half in the next is no difference")
    func symmetric() throws {
        let ratio = try #require(PairedRatio([2, 1], over: [1, 2]))
        #expect(abs(ratio.ratio - 1) < 1e-12)
        #expect(ratio.low < 1 && ratio.high > 1)
    }

    @Test("a ratio that every round agrees on has a narrow interval, whatever the rounds had in common")
    func paired() throws {
        let weather = [1.0, 5, 2, 9, 3]
        let ratio = try #require(PairedRatio(weather.map { $0 * 1.25 }, over: weather))
        #expect(abs(ratio.ratio - 1.25) < 1e-9)
        #expect(ratio.high - ratio.low < 1e-9)
    }

    @Test(
        "Student's quantiles, within 0.5 % of the tables", arguments: [(1, 12.706), (4, 2.776), (11, 2.201), (60, 2.0)])
    func student(_ freedom: Int, _ expected: Double) {
        #expect(abs(PairedRatio.student(freedom) / expected - 1) < 0.005)
    }

    @Test("what was not measured in every round has no ratio", arguments: [[], [1.0], [1, 0], [1, .infinity]])
    func unmeasured(_ values: [Double]) {
        #expect(PairedRatio(values, over: [1, 1]) == nil)
    }

    @Test("a process whose name holds parentheses and spaces is read by what follows the last of them")
    func stat() throws {
        let text = "7 (a) b (c) S 42 7 7 0 -1 4 1 2 3 4 100 20 3 4 20 0 1 0 99 1000 256 18446744073709551615 1"
        let stat = try #require(ProcessTree.Stat(text))
        #expect(stat.parent == 42)
        #expect(stat.ticks == 127)
        #expect(stat.residentPages == 256)
        #expect(ProcessTree.Stat("7 (a) S 1") == nil)
    }

    @Test("a tree costs what all its processes cost, and a stranger nothing")
    func tree() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        for (pid, parent) in [(10, 1), (11, 10), (12, 11), (20, 1)] {
            try FileManager.default.createDirectory(
                at: root.appending(path: "\(pid)"), withIntermediateDirectories: true)
            let text = "\(pid) (x) S \(parent) 0 0 0 0 0 0 0 0 0 50 50 0 0 20 0 1 0 9 9 2 9"
            try text.write(to: root.appending(path: "\(pid)/stat"), atomically: true, encoding: .utf8)
        }
        let usage = try #require(ProcessTree.usage(of: 10, root: root.path))
        #expect(usage.cpu == 3 * 100 * 1_000_000 / Double(sysconf(Int32(_SC_CLK_TCK))))
        #expect(usage.resident == 6 * UInt64(sysconf(Int32(_SC_PAGESIZE))))
        #expect(ProcessTree.usage(of: 13, root: root.path) == nil)
    }

    @Test("two servers are measured in turns, and a promise between them is judged")
    func turns() throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let server = try #require(ScriptedServer(answer: answer, closing: false))
        defer { server.stop() }
        let report = try Comparison(
            ["one", "two"].map { try contender($0, port: server.port) }, baseline: 0, rounds: 3
        ).run { _ in }
        #expect(report.contenders.map(\.name) == ["one", "two"])
        #expect(report.contenders.allSatisfy { $0.rounds["cpu"]?.count == 3 && $0.requests >= 60 && $0.errors == 0 })
        #expect(report.contender("two")?.ratios["p50"] != nil)
        #expect(report.contender("one")?.ratios["p50"]?.ratio == 1)
        #expect(try RelativeBudget("two.rss<=1.5x one").verdict(report) == .kept)
        guard case .broken = try RelativeBudget("two.rss>2x one").verdict(report) else {
            Issue.record("the promise was not broken")
            return
        }
        let read = try JSONDecoder().decode(CompareReport.self, from: JSONEncoder().encode(report))
        #expect(CompareTable.text(read) == CompareTable.text(report))
    }

    @Test("a target that answers no request with success is not compared")
    func failing() throws {
        let server = try #require(
            ScriptedServer(answer: "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", closing: false))
        defer { server.stop() }
        let comparison = try Comparison([contender("one", port: server.port)], baseline: 0, rounds: 1)
        #expect(throws: Comparison.Failure.self) { try comparison.run { _ in } }
    }

    private func contender(_ name: String, port: UInt16) throws -> Comparison.Contender {
        let target = try Target(url: "http://127.0.0.1:\(port)/")
        var requests = try RequestSet(authority: target.authority, headers: [])
        try requests.add(method: "GET", target: "/")
        var plan = LoadPlan(
            address: try target.resolve(), requests: requests, workload: .list, pace: .closed(think: 0))
        plan.connections = 2
        plan.warmup = Nanoseconds.perSecond / 100
        plan.limit = 20
        return Comparison.Contender(name: name, url: "http://127.0.0.1:\(port)/", plan: plan, pid: getpid())
    }

    @Test(
        "what is no promise about a ratio is refused",
        arguments: [
            "", "riffle.cpu", "riffle.cpu<=1.25", "riffle.cpu<=1.25x", "cpu<=1x floor", "a.speed<=1x b", "a.cpu<0x b",
        ])
    func refused(_ text: String) {
        #expect(throws: RelativeBudget.Failure.self) { try RelativeBudget(text) }
    }

    @Test("a server that was started is ended with all it started")
    func started() throws {
        let server = try StartedServer(command: "sleep 100 & sleep 100; true")
        #expect(server.runs)
        server.stop()
        // The kernel ends them in its own time, and whoever adopted the second one may leave it a zombie.
        let deadline = Nanoseconds.now() + 10 * Nanoseconds.perSecond
        while alive(inGroup: server.pid), Nanoseconds.now() < deadline { usleep(5000) }
        #expect(!alive(inGroup: server.pid))
    }

    private func alive(inGroup group: Int32) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int32($0) != nil }.contains { name in
            let text = (try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8)) ?? ""
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 2 && fields[0] != "Z" && Int32(fields[2]) == group
        }
    }
}
