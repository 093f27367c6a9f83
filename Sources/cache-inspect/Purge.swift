import ArgumentParser
import RiffleInspect

/// Drops listings.
struct Purge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Drop a folder's listings from every tier, for everyone.",
        discussion: """
            Drops every form and every principal's listing of the folder, here, in Redis and in the other riffles on it.

            EXAMPLES
              cache-inspect purge /dav/Projects/ --dry-run
              cache-inspect purge /dav/Projects/ --recursive
            """)

    @OptionGroup var admin: AdminOptions
    @Argument(help: "The folder's path, as in its URL.")
    var path: String
    @Flag(help: "Everything below it too.")
    var recursive = false
    @Flag(help: "Only say what would be purged.")
    var dryRun = false

    func run() async throws {
        guard let target = ExplainTarget(path) else {
            throw ValidationError("give a path that begins with / or an http(s) URL")
        }
        let request = PurgeRequest(path: target.path, recursive: recursive, dryRun: dryRun)
        let report = try await admin.ask { try await $0.purge(request) }
        try admin.show(report) { report.lines($0) }
    }
}
