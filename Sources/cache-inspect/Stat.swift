import ArgumentParser
import RiffleInspect

/// Figures and rates.
struct Stat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Figures: requests by outcome and tier, memory, Redis, origin, prefetch.",
        discussion: """
            Rates are since the start, and with --watch since the last look.

            EXAMPLES
              cache-inspect stat
              cache-inspect stat --interval 5s --count 12
              cache-inspect stat --json | jq '.requests.rows[] | select(.outcome == "miss")'
            """)

    @OptionGroup var admin: AdminOptions
    @OptionGroup var watching: Watching

    func run() async throws {
        try await watching.run(admin) { now, before, ink in StatView(now, since: before).lines(ink) }
    }
}
