import ArgumentParser
import Foundation
import RiffleBench

/// What every subcommand that makes load is told: where to, how much, and with which request.
struct LoadOptions: ParsableArguments {
    @Argument(help: "URLs; all on the server of the first. A browse begins at the first.")
    var urls: [String] = []

    @Option(help: "A file with one URL or path on each line, besides those named.")
    var urlFile: String?

    @Option(name: [.customShort("c"), .long], help: "Connections; in a browse, people.")
    var connections = 16

    @Option(name: [.customShort("t"), .long], help: "Threads of the generator.")
    var threads = 1

    @Option(name: [.customShort("d"), .long], help: "How long to measure: 10s, 500ms, 2m.")
    var duration = "10s"

    @Option(help: "Load before measuring begins.")
    var warmup = "1s"

    @Option(
        name: [.customShort("r"), .long], help: "Requests a second (open model); steps as RATE:DURATION,RATE:DURATION.")
    var rate: String?

    @Option(help: "Thought between an answer and the next request of a connection (closed model).")
    var think = "0ms"

    @Option(help: "Stop after so many requests (closed model: about; open model: too).")
    var requests: UInt64 = 0

    @Option(help: "Longest wait for an answer.")
    var timeout = "10s"

    @Option(help: "The same seed makes the same choices.")
    var seed: UInt64 = 1

    @Option(help: "Method: GET, HEAD or PROPFIND.")
    var method: String?

    @Option(help: "Depth of a PROPFIND.")
    var depth: String?

    @Option(help: "File with the body of each request.")
    var body: String?

    @OptionGroup var wire: WireOptions

    func target() throws -> Target {
        guard let first = urls.first else { throw ValidationError("name at least one URL") }
        return try Target(url: first)
    }

    func requestSet(_ target: Target) throws -> RequestSet {
        var headers = try wire.headers()
        if let depth {
            headers.append("Depth: \(depth)")
        } else if !headers.contains(where: { $0.lowercased().hasPrefix("depth:") }), isPropfind {
            headers.append("Depth: 1")
        }
        let bytes = try body.map { Array(try Data(contentsOf: URL(filePath: $0))) } ?? []
        return try wire.requestSet(target, headers: headers, body: bytes)
    }

    private var isPropfind: Bool { method == "PROPFIND" }

    func targets(_ target: Target) throws -> [String] {
        var lines = urls
        if let urlFile {
            lines += try String(contentsOfFile: urlFile, encoding: .utf8).split(whereSeparator: \.isNewline)
                .map(String.init).filter { !$0.isEmpty && !$0.hasPrefix("#") }
        }
        // A file names what to open; the URL then only says where.
        if urlFile != nil, urls.count == 1 { lines.removeFirst() }
        return try lines.map { line in
            if line.hasPrefix("/") { return line }
            let other = try Target(url: line)
            guard other.authority == target.authority else {
                throw ValidationError("all URLs must be on \(target.authority): \(line)")
            }
            return other.path
        }
    }

    func plan(_ target: Target, _ requests: RequestSet, _ workload: Workload) throws -> LoadPlan {
        let span = try nanoseconds(duration, "--duration")
        var plan = LoadPlan(
            address: try target.resolve(), requests: requests, workload: workload,
            pace: .closed(think: try nanoseconds(think, "--think")))
        plan.duration = span
        if let rate {
            let stages = try stages(rate, span)
            plan.pace = .open(stages)
            plan.duration = stages.reduce(0) { $0 + $1.nanoseconds }
        }
        try wire.apply(to: &plan, target)
        plan.connections = connections
        plan.threads = threads
        plan.warmup = try nanoseconds(warmup, "--warmup")
        plan.timeout = try nanoseconds(timeout, "--timeout")
        plan.limit = self.requests
        plan.seed = seed
        return plan
    }

    func modelName(_ workload: String) -> String {
        let pace = rate.map { "open \($0)/s" } ?? "closed"
        let version = wire.http == .http2 ? ", HTTP/2" + (wire.streams > 1 ? " with \(wire.streams) streams" : "") : ""
        return "\(pace), \(workload), \(connections) connections\(version)"
    }

    private func stages(_ text: String, _ span: UInt64) throws -> [Schedule.Stage] {
        try text.split(separator: ",").map { part in
            let pieces = part.split(separator: ":", maxSplits: 1)
            guard let rate = pieces.first.flatMap({ Double($0) }), rate > 0, rate <= 10_000_000 else {
                throw ValidationError("--rate is a number, or RATE:DURATION,RATE:DURATION")
            }
            let length = pieces.count == 2 ? try nanoseconds(String(pieces[1]), "--rate") : span
            return Schedule.Stage(rate: rate, nanoseconds: length)
        }
    }

    private func nanoseconds(_ text: String, _ option: String) throws -> UInt64 {
        try Span(text, option).nanoseconds
    }
}
