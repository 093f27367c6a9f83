import ArgumentParser
import Foundation
import RiffleBench

/// `riffle-perf replay`: what people did once, asked of a server again.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replay a trace or an access log.",
        discussion:
            "Reads 'time TAB client TAB folder', combined access logs and JSON lines, plain or .gz. Requests go out when "
            + "they are due (open model). Methods other than GET, HEAD and PROPFIND are left out.")

    @Argument(help: "The trace or log.")
    var trace: String

    @Argument(help: "Where to send it; the paths of the trace follow this URL's own.")
    var url: String

    @Flag(help: "Discover a tree below the URL and give each folder of the trace one of its folders.")
    var tree = false

    @Option(help: "Where --tree discovers, if not through the target itself.")
    var discoverFrom: String?

    @Option(help: "How many folders to discover at most.")
    var folders = 500

    @Option(help: "Dialect of listings to discover: webdav or autoindex.")
    var dialect = Discovery.Dialect.autoindex

    @Option(help: "How many times faster than it happened: 100x.")
    var speed = "1x"

    @Option(help: "No pause takes longer, after --speed.")
    var longestGap = "1s"

    @Option(
        name: [.customShort("r"), .long], help: "So many requests a second in the trace's order, instead of --speed.")
    var rate: Double?

    @Option(help: "Only the first so many requests.")
    var limit = AccessTrace.maxEvents

    @Option(name: [.customShort("c"), .long], help: "Connections.")
    var connections = 64

    @Option(name: [.customShort("t"), .long], help: "Threads of the generator.")
    var threads = 1

    @Option(help: "Longest wait for an answer.")
    var timeout = "10s"

    @Option(help: "Method where the trace names none.")
    var method: String?

    @OptionGroup var wire: WireOptions

    @OptionGroup var output: RunOutput

    func run() throws {
        let budgets = try output.budgets()
        let target = try Target(url: url)
        let recorded = try AccessTrace(file: trace)
        if recorded.skippedWrites + recorded.skippedLines > 0 {
            RifflePerf.say(
                "left out: \(recorded.skippedWrites) writes, \(recorded.skippedLines) lines that are no request")
        }
        var headers = try wire.headers()
        let paths: ReplayPlan.Paths
        if tree {
            let from = try discoverFrom.map { try Target(url: $0) } ?? target
            let found = try Discovery(
                address: from.resolve(), authority: from.authority, tls: wire.tls(from, version: .http1),
                headers: wire.headersOfOne(), dialect: dialect, maxFolders: folders
            ).walk(from: from.path)
            RifflePerf.say("\(found.paths.count) folders found")
            paths = .tree(found.tree, found.paths)
        } else {
            paths = .prefix(target.path.hasSuffix("/") ? String(target.path.dropLast()) : target.path)
        }
        let verb = method ?? (dialect == .webdav ? "PROPFIND" : "GET")
        if dialect == .webdav, !headers.contains(where: { $0.lowercased().hasPrefix("depth:") }) {
            headers.append("Depth: 1")
        }
        let replay = try ReplayPlan(
            recorded, limit: limit, pace: pace(), paths: paths, method: verb,
            requests: wire.requestSet(target, headers: headers))
        var plan = replay.load(try target.resolve())
        try wire.apply(to: &plan, target)
        plan.connections = connections
        plan.threads = threads
        plan.timeout = try Span(timeout, "--timeout").nanoseconds
        let model = rate.map { "replay at \($0)/s" } ?? "replay \(speed)"
        try output.execute(plan, target: url, model: "\(model), \(connections) connections", budgets: budgets)
    }

    private func pace() throws -> ReplayPlan.Pace {
        if let rate {
            guard rate > 0, rate <= 10_000_000 else { throw ValidationError("--rate is a positive number") }
            return .rate(rate)
        }
        guard let factor = Double(speed.hasSuffix("x") ? speed.dropLast() : speed[...]), factor > 0, factor.isFinite
        else { throw ValidationError("--speed is a factor such as 100x") }
        return .speed(factor, longestGap: Double(try Span(longestGap, "--longest-gap").nanoseconds) / 1e9)
    }
}
