import ArgumentParser
import Foundation
import Glibc
import RiffleBench

/// `riffle-perf compare`: several servers, the same load, in turns.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load several servers in turns and say how they relate.",
        discussion:
            "Each round gives every target one turn; ratios are paired within rounds. Processor time is that of "
            + "--pid or --start processes with all their children.")

    @Argument(help: "Targets as NAME=URL.")
    var targets: [String] = []

    @Option(help: "NAME=PID: the process behind a target. Repeatable.")
    var pid: [String] = []

    @Option(help: "NAME='command': start the target by sh -c, wait until it answers, end it afterwards. Repeatable.")
    var start: [String] = []

    @Option(help: "The target that ratios are against; the first unless told.")
    var baseline: String?

    @Option(help: "How many turns each target gets.")
    var rounds = 5

    @Option(name: [.customShort("d"), .long], help: "Length of a turn: 2s, 500ms.")
    var duration = "2s"

    @Option(help: "Load before the first round, for each target.")
    var warmup = "500ms"

    @Option(name: [.customShort("c"), .long], help: "Connections.")
    var connections = 16

    @Option(name: [.customShort("t"), .long], help: "Threads of the generator.")
    var threads = 1

    @Option(name: [.customShort("r"), .long], help: "Requests a second; as many as are answered unless told.")
    var rate: Double?

    @Option(help: "Method: GET, HEAD or PROPFIND.")
    var method = "GET"

    @OptionGroup var wire: WireOptions

    @Option(help: "A promise to keep, e.g. 'riffle.cpu<=1.25x floor' (cpu, rate, p50, p99, rss). Repeatable.")
    var budget: [String] = []

    @Option(help: "Write the result as JSON to this file, - for standard output.")
    var json: String?

    @Option(help: "Write budgets as JUnit XML to this file.")
    var junit: String?

    func run() throws {
        let budgets = try budget.map { try RelativeBudget($0) }
        let pairs = try targets.map { try Self.pair($0, "a target is NAME=URL") }
        guard !pairs.isEmpty else { throw ValidationError("name at least one target as NAME=URL") }
        let names = pairs.map(\.0)
        guard Set(names).count == names.count else { throw ValidationError("two targets have the same name") }
        for name in budgets.flatMap(\.names) + [baseline].compactMap(\.self) where !names.contains(name) {
            throw ValidationError("there is no target \(name.debugDescription)")
        }
        var pids: [String: Int32] = [:]
        for (name, text) in try pid.map({ try Self.pair($0, "--pid is NAME=PID") }) {
            guard names.contains(name), let number = Int32(text), number > 0 else {
                throw ValidationError("--pid \(name)=\(text): no such target, or no process id")
            }
            guard ProcessTree.usage(of: number) != nil else { throw ValidationError("there is no process \(number)") }
            pids[name] = number
        }
        let commands = try start.map { try Self.pair($0, "--start is NAME='command'") }
        for (name, _) in commands where !names.contains(name) || pids[name] != nil {
            throw ValidationError("--start \(name): no such target, or it has a --pid already")
        }
        var contenders = try pairs.map { name, url in try contender(name, url) }

        var started: [StartedServer] = []
        defer { for server in started { server.stop() } }
        for (name, command) in commands {
            let server = try StartedServer(command: command)
            started.append(server)
            pids[name] = server.pid
        }
        for index in contenders.indices { contenders[index].pid = pids[contenders[index].name] }
        for contender in contenders where commands.contains(where: { $0.0 == contender.name }) {
            try Readiness.wait(for: contender.plan.address, name: contender.name)
        }

        let report = try Comparison(
            contenders, baseline: baseline.flatMap { names.firstIndex(of: $0) } ?? 0, rounds: rounds
        ).run { line in if isatty(STDERR_FILENO) == 1 { RifflePerf.show(line) } }
        if isatty(STDERR_FILENO) == 1 { RifflePerf.show("") }
        if let json { try JSONFile.write(report, to: json) }
        if json != "-" { print(CompareTable.text(report), terminator: "") }
        try judge(budgets, report)
    }

    private func judge(_ budgets: [RelativeBudget], _ report: CompareReport) throws {
        var broken = false
        var invalid = false
        var cases: [JUnit.Case] = []
        for budget in budgets {
            switch budget.verdict(report) {
            case .kept: cases.append(JUnit.Case(budget.text, .passed))
            case .broken(let line):
                broken = true
                cases.append(JUnit.Case(budget.text, .failed(line)))
                RifflePerf.say(line)
            case .invalid(let line):
                invalid = true
                cases.append(JUnit.Case(budget.text, .error(line)))
                RifflePerf.say(line)
            }
        }
        if let junit {
            let seconds = Double(report.rounds * report.contenders.count) * report.secondsEach
            try JUnit.render(suite: "riffle-perf compare", seconds: seconds, cases)
                .write(toFile: junit, atomically: true, encoding: .utf8)
        }
        if broken { throw ExitCode(3) }
        if invalid { throw ExitCode(4) }
    }

    private func contender(_ name: String, _ url: String) throws -> Comparison.Contender {
        let target = try Target(url: url)
        var requests = try wire.requestSet(target, headers: wire.headers())
        try requests.add(method: method, target: target.path)
        var pace = LoadPlan.Pace.closed(think: 0)
        let span = try Span(duration, "--duration").nanoseconds
        if let rate {
            guard rate > 0, rate <= 10_000_000 else { throw ValidationError("--rate is a positive number") }
            pace = .open([.init(rate: rate, nanoseconds: span)])
        }
        var plan = LoadPlan(address: try target.resolve(), requests: requests, workload: .list, pace: pace)
        plan.duration = span
        plan.warmup = try Span(warmup, "--warmup").nanoseconds
        try wire.apply(to: &plan, target)
        plan.connections = connections
        plan.threads = threads
        return Comparison.Contender(name: name, url: url, plan: plan, pid: nil)
    }

    private static func pair(_ text: String, _ expected: String) throws -> (String, String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex, text.index(after: equals) < text.endIndex
        else { throw ValidationError("\(expected): \(text.debugDescription)") }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
