import Foundation

/// A program run to its end: a client that talks to the servers of a test.
struct Command: Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// - Parameter input: what it reads from standard input.
    static func run(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], input: String = "",
        within limit: Duration = .seconds(90)
    ) async throws -> Command {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let script = try folder.write(input, to: "in")
        // The shell only joins the input, in a folder where the client may leave files: arguments never pass through it
        // as text.
        let server = try ServerProcess(
            URL(fileURLWithPath: executable).lastPathComponent, "/bin/sh",
            ["-c", "input=$1; shift; cd \"$HOME\" && exec \"$@\" <\"$input\"", "sh", script, executable] + arguments,
            log: folder["command"], environment: environment.merging(["HOME": folder.path]) { given, _ in given })
        do {
            let status = try await server.exitStatus(within: limit)
            return Command(status: status, output: server.output, errors: server.errors)
        } catch {
            await server.stop()
            throw TimedOut(
                description: "\(executable) \(arguments.joined(separator: " ")): \(error)\n\(server.transcript)")
        }
    }
}
