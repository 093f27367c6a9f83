import ArgumentParser
import RiffleInspect

/// The hottest folders.
struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The hottest folders of the memory tier.",
        discussion: """
            "for" is whose eyes a listing was cut for: the first digits of a hash, or everyone.

            EXAMPLES
              cache-inspect top
              cache-inspect top --limit 100 --json | jq -r '.[].path'
            """)

    @OptionGroup var admin: AdminOptions
    @Option(help: ArgumentHelp("How many, 1 to \(TopQuery.highestLimit).", valueName: "n"))
    var limit = TopQuery.defaultLimit

    func validate() throws {
        guard (1...TopQuery.highestLimit).contains(limit) else {
            throw ValidationError("--limit must be between 1 and \(TopQuery.highestLimit)")
        }
    }

    func run() async throws {
        let folders = try await admin.ask { [limit] in try await $0.top(TopQuery(limit: limit)) }
        try admin.show(folders) { HotFolder.lines(folders, $0) }
    }
}
