import ArgumentParser
import RiffleProxy

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say every mistake in a configuration file, with line, column and the nearest valid setting.",
        discussion: "Exits with 0 when riffle would start with this file and environment, else with 2.")

    @Option(help: ArgumentHelp("The file to check.", valueName: "FILE"))
    var config: String

    func run() throws {
        let settings = try SettingsInput.load(file: config, options: [])
        do {
            try settings.checkFiles()
        } catch {
            throw SettingsInput.report(error.errors)
        }
        print("\(config): ok")
    }
}
