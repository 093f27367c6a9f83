import ArgumentParser
import Foundation
import RiffleBench

/// The performance runner: load, split by what the cache said, and budgets that fail a build.
@main
struct RifflePerf: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "riffle-perf",
        abstract: "Load a server and say what each outcome took.",
        discussion: "Exit codes: 0 fine, 1 the run could not be made, 2 or 64 wrong arguments, 3 a budget was broken, "
            + "4 the generator was the bottleneck.",
        subcommands: [
            Run.self, RampCommand.self, Replay.self, Compare.self, ReportCommand.self, Folders.self,
            CacheSimCommand.self,
        ])

    static func main() {
        Interruption.watch()
        do {
            var command = try parseAsRoot(Scenario.expand(Array(CommandLine.arguments.dropFirst())))
            try command.run()
        } catch let misuse as any Misuse {
            say(misuse.description)
            exit(withError: ExitCode(2))
        } catch let error as ValidationError {
            say(error.message)
            exit(withError: ExitCode.validationFailure)
        } catch {
            exit(withError: error)
        }
    }

    /// A line on a terminal that the next one replaces.
    static func show(_ line: String) { FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8)) }

    /// One line on standard error.
    static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
