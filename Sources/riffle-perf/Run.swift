import ArgumentParser
import Foundation
import Glibc
import RiffleBench

/// `riffle-perf run`: one target, one load, one table.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load one server with fixed URLs or browsing sessions.",
        discussion: "With --rate requests are due at planned times (open model) and latency is shown from the planned "
            + "time and raw; without it each connection sends when its last request was answered (closed model).")

    @OptionGroup var load: LoadOptions

    @Option(help: "What to open: list (in order), uniform, zipf:S (e.g. zipf:1.0) or browse.")
    var workload = "list"

    @Option(help: "Where browse and --tree discover folders, if not through the target itself.")
    var discoverFrom: String?

    @Option(help: "How many folders to discover at most.")
    var folders = 500

    @Flag(help: "Discover a tree below the URL and open its folders, with any --workload.")
    var tree = false

    @Option(help: "Dialect of listings to discover: webdav or autoindex.")
    var dialect = Discovery.Dialect.autoindex

    @Option(help: "A YAML file with options of this command by their long names; the command line wins.")
    var scenario: String?

    @OptionGroup var output: RunOutput

    func run() throws {
        let budgets = try output.budgets()
        let target = try load.target()
        var workload = try parsedWorkload()
        var requests = try load.requestSet(target)
        if tree || self.workload == "browse" {
            let from = try discoverFrom.map { try Target(url: $0) } ?? target
            let found = try Discovery(
                address: from.resolve(), authority: from.authority, tls: load.wire.tls(from, version: .http1),
                headers: load.wire.headersOfOne(), dialect: dialect, maxFolders: folders
            ).walk(from: from.path)
            RifflePerf.say("\(found.paths.count) folders found")
            let method = load.method ?? (dialect == .webdav ? "PROPFIND" : "GET")
            for path in found.paths { try requests.add(method: method, target: path) }
            if self.workload == "browse" { workload = .browse(found.tree) }
        } else {
            for path in try load.targets(target) { try requests.add(method: load.method ?? "GET", target: path) }
        }
        let plan = try load.plan(target, requests, workload)
        try output.execute(
            plan, target: load.urls.first ?? "", model: load.modelName(self.workload), budgets: budgets)
    }

    private func parsedWorkload() throws -> Workload {
        switch workload {
        case "list", "browse": return .list
        case "uniform": return .uniform
        default:
            guard workload.hasPrefix("zipf"),
                let exponent = workload == "zipf" ? 1 : Double(workload.dropFirst(5)), (0...10).contains(exponent)
            else { throw ValidationError("--workload is list, uniform, zipf:S or browse") }
            return .zipf(exponent)
        }
    }
}

extension Discovery.Dialect: ExpressibleByArgument {}
