import ArgumentParser
import FoundationEssentials
import RiffleInspect

/// Why a request would be a hit or a miss.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Why a request would be a hit or a miss now, without asking the origin.",
        discussion: """
            Listings are kept per credential: without the one your client sends you see what a stranger would get. A
            credential on a command line can be read by others on this machine, so name a file or a variable instead;
            its value is never shown.

            EXAMPLES
              cache-inspect explain http://files.example.com/dav/Projects/ --method PROPFIND --depth 1
              cache-inspect explain /dav/Projects/ --method PROPFIND --depth 1 --header-from Authorization=file:/run/auth
              AUTH='Bearer …' cache-inspect explain /v1.0/me/drive/root/children --header-from Authorization=env:AUTH
              cache-inspect explain /dav/ --method PROPFIND --depth 1 --body propfind.xml --exit-code
            """)

    @OptionGroup var admin: AdminOptions
    @Argument(help: ArgumentHelp("A path with query, or a whole URL.", valueName: "url"))
    var url: String
    @Option(help: "The request's method.")
    var method = "GET"
    @Option(help: ArgumentHelp("The Depth field of a PROPFIND.", valueName: "0|1|infinity"))
    var depth: String?
    @Option(help: ArgumentHelp("A field of the request; may be repeated.", valueName: "Name: value"))
    var header: [String] = []
    @Option(
        help: ArgumentHelp(
            "A field whose value is read from a file or variable; may be repeated.",
            valueName: "Name=file:PATH|env:NAME"))
    var headerFrom: [String] = []
    @Option(help: ArgumentHelp("The request's body; - reads standard input.", valueName: "file"))
    var body: String?
    @Flag(help: "Exit with 3 when it would not be a hit.")
    var exitCode = false

    func run() async throws {
        let query = try query()
        let explanation = try await admin.ask { try await $0.explain(query) }
        try admin.show(explanation) { explanation.lines($0) }
        if exitCode, !explanation.isHit { throw ExitCode(3) }
    }

    private func query() throws -> ExplainQuery {
        guard let request = ExplainTarget(url) else {
            throw ValidationError("give a path that begins with / or an http(s) URL")
        }
        var fields: [ExplainQuery.Field] = request.host.map { [.init("Host", $0)] } ?? []
        if let depth { fields.append(.init("Depth", depth)) }
        for text in header {
            guard let field = ExplainQuery.Field(line: text) else {
                throw ValidationError("a --header is written 'Name: value'")
            }
            fields.append(field)
        }
        for text in headerFrom { fields.append(try Self.field(from: text)) }
        let bytes = try body.map(Input.bytes(ofFile:)) ?? Data()
        return ExplainQuery(method: method, target: request.target, fields: fields, body: bytes)
    }

    private static func field(from text: String) throws -> ExplainQuery.Field {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw ValidationError("a --header-from is written Name=file:PATH or Name=env:NAME")
        }
        let source = String(parts[1])
        if source.hasPrefix("file:") {
            return .init(String(parts[0]), try Input.text(ofFile: String(source.dropFirst(5))))
        }
        if source.hasPrefix("env:") {
            let name = String(source.dropFirst(4))
            guard let value = ProcessInfo.processInfo.environment[name] else {
                throw ValidationError("the variable \(name) is not set")
            }
            return .init(String(parts[0]), value)
        }
        throw ValidationError("a --header-from is written Name=file:PATH or Name=env:NAME")
    }
}
