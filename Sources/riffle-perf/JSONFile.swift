import Foundation

/// Results as JSON, the same everywhere: sorted keys, readable, `-` for standard output.
enum JSONFile {
    static func write(_ value: some Encodable, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let data = try encoder.encode(value) + Data("\n".utf8)
        if path == "-" { FileHandle.standardOutput.write(data) } else { try data.write(to: URL(filePath: path)) }
    }
}
