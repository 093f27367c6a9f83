import ArgumentParser

/// The performance runner: load, split by what the cache said, and budgets that fail a build.
@main
struct RifflePerf: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "riffle-perf",
        abstract: "Load a server and say what each outcome took.",
        discussion: "Exit codes: 0 fine, 1 the run could not be made, 2 or 64 wrong arguments, 3 a budget was broken, "
            + "4 the generator was the bottleneck.",
        subcommands: [Run.self, Folders.self, CacheSimCommand.self])
}
