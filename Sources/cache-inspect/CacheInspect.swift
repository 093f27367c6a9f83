import ArgumentParser

/// The command line of operators: see, explain and purge what a running riffle holds.
@main
struct CacheInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache-inspect",
        abstract: "See, explain and purge what a running riffle holds.",
        discussion: """
            Asks riffle's admin listener, by default http://127.0.0.1:8081; name another one with --admin or RIFFLE_ADMIN,
            and its token, where it has one, with RIFFLE_ADMIN_TOKEN or --token-file.

            EXAMPLES
              cache-inspect stat --watch                      figures and rates, each second
              cache-inspect hist                              how long answers took, by outcome
              cache-inspect top --limit 10                    the hottest folders
              cache-inspect explain /dav/Projects/ --method PROPFIND --depth 1
              cache-inspect purge /dav/Projects/ --recursive --dry-run
              cache-inspect stat --json | jq .memory

            EXIT CODES
              0 done, 1 riffle can't be reached or refused, 3 explain --exit-code: not a hit, 64 wrong usage
            """,
        subcommands: [Stat.self, Hist.self, Top.self, Explain.self, Purge.self])
}
