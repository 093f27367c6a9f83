import ArgumentParser
import RiffleBench

/// `riffle-perf folders`: the folders below a URL, one path a line, as `run --url-file` reads them.
struct Folders: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the folders below a URL, breadth first.")

    @Argument(help: "Where to begin.")
    var url: String

    @Option(help: "How many at most.")
    var limit = 50

    @Option(help: "Dialect of the listings: webdav or autoindex.")
    var dialect = Discovery.Dialect.autoindex

    @OptionGroup var wire: WireOptions

    func run() throws {
        let target = try Target(url: url)
        let found = try Discovery(
            address: target.resolve(), authority: target.authority, tls: wire.tls(target, version: .http1),
            headers: wire.headersOfOne(), dialect: dialect, maxFolders: limit
        ).walk(from: target.path)
        for path in found.paths { print(path) }
    }
}
