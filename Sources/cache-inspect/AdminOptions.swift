import ArgumentParser
import FoundationEssentials
import Glibc
import RiffleInspect

/// Which riffle is asked, and how the answer is shown; the same for every subcommand.
struct AdminOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The admin listener (or RIFFLE_ADMIN).", valueName: "http://HOST:PORT|unix:/PATH"))
    var admin: String?

    @Option(help: ArgumentHelp("A file with the admin token (or RIFFLE_ADMIN_TOKEN).", valueName: "file"))
    var tokenFile: String?

    @Flag(help: "Print JSON.")
    var json = false

    func ask<Result: Sendable>(
        _ body: @Sendable (InspectClient) async throws -> Result
    ) async throws -> Result {
        let environment = ProcessInfo.processInfo.environment
        let target: InspectTarget
        if let text = admin ?? environment["RIFFLE_ADMIN"], !text.isEmpty {
            guard let named = InspectTarget(text) else {
                throw ValidationError("'\(text)' is no admin address; give http://HOST:PORT or unix:/PATH")
            }
            target = named
        } else {
            target = .standard
        }
        let token = try tokenFile.map(Input.text(ofFile:)) ?? environment["RIFFLE_ADMIN_TOKEN"]
        do {
            return try await InspectClient.with(target: target, token: token.flatMap { $0.isEmpty ? nil : $0 }, body)
        } catch let error as InspectError {
            Screen.complain(error.description)
            throw ExitCode(1)
        }
    }

    /// Prints the answer, as JSON when asked for.
    func show(_ answer: some Encodable, _ lines: (Ink) -> [String]) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Screen.print(String(decoding: try encoder.encode(answer), as: UTF8.self))
        } else {
            Screen.print(lines(Screen.ink).joined(separator: "\n"))
        }
    }
}
