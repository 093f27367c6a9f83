import ArgumentParser
import Foundation
import RiffleBench

/// `riffle-perf ramp`: how much a server takes before it falls behind.
struct RampCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ramp", abstract: "Raise the rate step by step to the knee.",
        discussion:
            "A step (-d) is kept when 98 % of what was due was answered, nothing failed, and p99 from the planned time "
            + "stays under --p99 (ten times that of the first step unless told). Between the last step kept and the first "
            + "that was not, the knee is narrowed down. Exit 4: the generator gave up before the server did.")

    @OptionGroup var load: LoadOptions

    @Option(help: "The first rate, in requests a second.")
    var from = 500.0

    @Option(help: "How much more each step asks for.")
    var factor = 1.5

    @Option(help: "The highest p99 that is good enough, e.g. 5ms.")
    var p99: String?

    @Option(help: "Write the steps as JSON to this file, - for standard output.")
    var json: String?

    private struct Outcome: Encodable {
        var target: String
        var knee: Double?
        var limitedByGenerator: Bool
        var steps: [Ramp.Step]
    }

    func run() throws {
        guard load.rate == nil else { throw ValidationError("ramp chooses the rate: give --from and --factor") }
        guard from >= 1, from <= 10_000_000, factor > 1, factor <= 100 else {
            throw ValidationError("--from is a rate of at least 1, --factor is over 1")
        }
        let given = try p99.map { Double(try Span($0, "--p99").nanoseconds) / 1000 }
        let target = try load.target()
        var requests = try load.requestSet(target)
        for path in try load.targets(target) { try requests.add(method: load.method ?? "GET", target: path) }
        var plan = try load.plan(target, requests, .list)
        var ramp = Ramp(from: from, factor: factor)
        var steps: [Ramp.Step] = []
        let table = json != "-"
        if table { print("    rate  answered       p50       p99  errors  verdict") }
        while let rate = ramp.rate {
            plan.pace = .open([.init(rate: rate, nanoseconds: plan.duration)])
            let report = RunReport(try LoadRun.run(plan), target: load.urls.first ?? "", model: "ramp", open: true)
            let step = Ramp.Step(report, planned: rate, limit: Ramp.limit(given: given, first: steps.first))
            steps.append(step)
            ramp.tried(step.verdict)
            if table { print(Self.line(step)) }
        }
        if let json {
            let outcome = Outcome(
                target: load.urls.first ?? "", knee: ramp.knee, limitedByGenerator: ramp.limitedByGenerator,
                steps: steps)
            try JSONFile.write(outcome, to: json)
        }
        guard let knee = ramp.knee else {
            RifflePerf.say("even \(TextTable.fixed(from, 0))/s is too much: try a lower --from")
            throw ExitCode(ramp.limitedByGenerator ? 4 : 1)
        }
        if table { print("knee: \(TextTable.fixed(knee, 0))/s") }
        if ramp.limitedByGenerator {
            RifflePerf.say(
                "the generator gave up first: the knee is at least \(TextTable.fixed(knee, 0))/s; give it --threads")
            throw ExitCode(4)
        }
    }

    private static func line(_ step: Ramp.Step) -> String {
        let cells = [
            (TextTable.fixed(step.planned, 0), 8), (TextTable.fixed(step.answered, 0), 8),
            (TextTable.latency(step.p50), 8), (TextTable.latency(step.p99), 8), (String(step.errors), 6),
        ]
        return cells.map { String(repeating: " ", count: max($0.1 - $0.0.count, 0)) + $0.0 }.joined(separator: "  ")
            + "  " + step.verdict.rawValue
    }
}
