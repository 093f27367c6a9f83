import ArgumentParser
import Foundation

/// The reverse proxy's command line.
struct Riffle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "riffle",
        abstract: "A caching reverse proxy that makes opening a folder instant.",
        discussion: """
            Stands in front of a slow metadata service (WebDAV, autoindex), keeps hot folder listings in memory and \
            in Redis, fetches the folder a person is about to open, and drops exactly the listings a write touches.

            EXAMPLES
              riffle serve --origin https://files.example.com
              riffle serve --origin http://127.0.0.1:9000 --dialect webdav --redis embedded
              riffle check --config riffle.yaml
            """,
        version: Version.current,
        subcommands: [ServeCommand.self, CheckCommand.self, VersionCommand.self])
}

/// What this build calls itself, in `--version`, metrics and `cache-inspect stat`.
enum Version {
    static let current = "0.1.0"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print("riffle \(Version.current)")
    }
}

@main
enum Program {
    /// Usage errors end with 2, like every other mistake an operator can mend by reading the message.
    static let usageError: Int32 = 2

    static func main() async {
        do {
            var command = try Riffle.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard Riffle.exitCode(for: error) == .validationFailure else { Riffle.exit(withError: error) }
            FileHandle.standardError.write(Data((Riffle.fullMessage(for: error) + "\n").utf8))
            exit(usageError)
        }
    }
}
