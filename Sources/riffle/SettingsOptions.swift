import ArgumentParser
import Foundation
import RiffleProxy

/// Reads the settings from a file, the environment and the command line, or says what is wrong with them.
enum SettingsInput {
    static func load(file: String?, options: [(path: String, value: String, place: String)]) throws -> Settings {
        var loader = SettingsLoader()
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw report([ConfigurationError(place: file, "can't be read")])
            }
            guard let text = String(data: data, encoding: .utf8) else {
                throw report([ConfigurationError(place: file, "is not UTF-8")])
            }
            loader.file = (file, text)
        }
        loader.environment = ProcessInfo.processInfo.environment
        loader.options = options
        do {
            return try loader.load()
        } catch {
            throw report(error.errors)
        }
    }

    /// Writes each mistake on a line of its own to standard error.
    static func report(_ errors: [ConfigurationError]) -> ExitCode {
        for error in errors { FileHandle.standardError.write(Data("riffle: \(error)\n".utf8)) }
        return ExitCode(Program.usageError)
    }

    /// Splits `key.path=value`.
    static func option(_ text: String) throws -> (path: String, value: String, place: String) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw report([
                ConfigurationError(place: "--set \(text)", "expected KEY=VALUE, as in --set cache.memory=1GiB")
            ])
        }
        let path = String(text[..<equals])
        return (path, String(text[text.index(after: equals)...]), "--set \(path)")
    }
}
