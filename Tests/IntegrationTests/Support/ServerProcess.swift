import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A program that runs beside the test: started, waited for, signalled by its process id and ended.
final class ServerProcess: Sendable {
    /// How long a server may take to end when asked before it is killed.
    static let longestEnd: Duration = .seconds(10)

    let name: String
    private let child: ChildProcess
    private let outputPath: String
    private let errorPath: String

    /// - Parameter log: the path without extension that the two output files are made from.
    init(
        _ name: String, _ executable: String, _ arguments: [String], log: String, environment: [String: String] = [:]
    ) throws {
        self.name = name
        outputPath = log + ".out"
        errorPath = log + ".err"
        child = try ChildProcess(
            executable, arguments, environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            output: outputPath, errors: errorPath)
        Janitor.shared.watch(pid)
    }

    var pid: Int32 { child.pid }
    var isRunning: Bool { child.status == nil }
    var output: String { Self.text(outputPath) }
    var errors: String { Self.text(errorPath) }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// What it printed, for the report of a failed test.
    var transcript: String {
        func tail(_ text: String) -> String { text.split(separator: "\n").suffix(60).joined(separator: "\n") }
        return "--- \(name), standard output\n\(tail(output))\n--- \(name), standard error\n\(tail(errors))"
    }

    func signal(_ signal: Int32) {
        if isRunning { kill(pid, signal) }
    }

    /// The status it ended with; negative when a signal ended it.
    func exitStatus(within limit: Duration = patience) async throws -> Int32 {
        var status: Int32?
        try await eventually("\(name) ends", within: limit) {
            status = child.status
            return status != nil
        }
        guard let status else { throw CancellationError() }
        return status
    }

    /// Waits until `find` sees what it looks for in the output; a server that ends first is an error with its words.
    func awaitOutput<Found>(_ what: String, _ find: (String) -> Found?) async throws -> Found {
        var found: Found?
        try await eventually("\(name): \(what)") {
            found = find(output)
            return found != nil || !isRunning
        }
        guard let found else { throw TimedOut(description: "\(name) ended before \(what)\n\(transcript)") }
        return found
    }

    /// Asks it to end, kills it when it does not, and whatever it started with it.
    func stop() async {
        if isRunning {
            kill(pid, SIGTERM)
            // A paused process would not act on the signal.
            kill(pid, SIGCONT)
            // Also when the test was cancelled: the wait must not end with the task.
            let (child, limit) = (child, Self.longestEnd)
            await Task.detached {
                try? await eventually("it ends", within: limit) { child.status != nil }
            }.value
        }
        kill(-pid, SIGKILL)
        let child = child
        await Task.detached { try? await eventually("it is dead") { child.status != nil } }.value
        Janitor.shared.forget(pid)
    }

    /// Ends it at once, as a crash would.
    func crash() async throws {
        signal(SIGKILL)
        _ = try await exitStatus()
    }

    /// The processes of this name that it, or one it started, started.
    func descendants(named name: String) -> [Int32] {
        ProcessTable.descendants(of: pid).filter { ProcessTable.name($0) == name }
    }
}

/// What the kernel says of processes.
enum ProcessTable {
    static func descendants(of ancestor: Int32) -> [Int32] {
        let all = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
        let parents = all.map { (pid: $0, parent: fields($0).dropFirst().first.flatMap { Int32($0) }) }
        var found: [Int32] = []
        var generation = [ancestor]
        while !generation.isEmpty {
            generation = parents.filter { $0.parent.map(generation.contains) == true }.map(\.pid)
            found += generation
        }
        return found
    }

    static func name(_ pid: Int32) -> String {
        String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/comm") ?? Data(), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Whether the process lives; a dead one that its parent has not collected counts as gone.
    static func isAlive(_ pid: Int32) -> Bool {
        guard let state = fields(pid).first else { return false }
        return state != "Z"
    }

    /// Bytes of memory the process holds in RAM.
    static func residentBytes(_ pid: Int32) -> Int {
        let text = String(
            decoding: FileManager.default.contents(atPath: "/proc/\(pid)/status") ?? Data(), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0)
            * 1_024
    }

    /// The fields of `stat` after the name: state, parent ...
    private static func fields(_ pid: Int32) -> [String] {
        let text = String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data(), as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ").map(String.init)
    }
}
