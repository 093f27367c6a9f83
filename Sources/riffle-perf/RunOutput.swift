import ArgumentParser
import Foundation
import RiffleBench

/// What every command that makes one run does with its result: show it, keep it, judge it, and choose the exit code.
struct RunOutput: ParsableArguments {
    @Option(help: "A promise to keep, e.g. 'p99<5ms', 'hit.p50<1ms', 'errors<1', 'rate>=1900'. Repeatable.")
    var budget: [String] = []

    @Option(help: "Write the result as JSON to this file, - for standard output.")
    var json: String?

    @Option(help: "Write budgets and validity as JUnit XML to this file.")
    var junit: String?

    @Option(help: "Write the latencies as an HdrHistogram log to this file.")
    var hlog: String?

    @Option(help: "TIME='command': run a command so long after the start, warm-up included. Repeatable.")
    var at: [String] = []

    func budgets() throws -> [Budget] { try budget.map { try Budget($0) } }

    func execute(_ plan: LoadPlan, target: String, model: String, budgets: [Budget]) throws {
        let hooks = try Hooks(at)
        hooks.start()
        let started = Date()
        let progress = LiveLine.start(threads: plan.threads)
        defer { hooks.stop() }
        let result = try LoadRun.run(plan, progress: progress?.progress)
        progress?.stop()
        hooks.stop()
        let report = RunReport(result, target: target, model: model, open: plan.isOpen)
        if let json { try JSONFile.write(report, to: json) }
        if json != "-" { print(TextTable.render(report), terminator: "") }
        if let hlog {
            try HistogramLog.render(result, started: started, open: plan.isOpen)
                .write(toFile: hlog, atomically: true, encoding: .utf8)
        }
        if let junit {
            let validity = report.invalid.first.map { JUnit.Case.Verdict.error($0) } ?? .passed
            let cases = budgets.map { budget in
                JUnit.Case(budget.text, budget.broken(by: report).map { .failed($0) } ?? .passed)
            }
            try JUnit.render(
                suite: "riffle-perf \(target)", seconds: report.seconds,
                cases + [JUnit.Case("the run is valid", validity)]
            ).write(toFile: junit, atomically: true, encoding: .utf8)
        }
        let broken = budgets.compactMap { $0.broken(by: report) }
        for line in broken + report.invalid.map({ "invalid run: " + $0 }) { RifflePerf.say(line) }
        if report.requests == 0 {
            RifflePerf.say("nothing was answered")
            throw ExitCode(1)
        }
        if !report.invalid.isEmpty { throw ExitCode(4) }
        if !broken.isEmpty { throw ExitCode(3) }
    }
}
