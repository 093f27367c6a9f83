import Foundation
import Yams

/// A scenario file: the options of `riffle-perf run` as YAML, by their long names, so that a load has a name and a history.
///
///     workload: zipf:1.0
///     tree: true
///     rate: 2000
///     budget: [p99<5ms, errors<1]
///
/// It becomes command-line arguments: the same parser checks both, and what is given on the command line comes later and wins.
package struct Scenario: Sendable {
    package struct Failure: Misuse {
        package let description: String
    }

    static let maxBytes = 1 << 20

    package let arguments: [String]

    package init(file: String) throws(Failure) {
        guard let data = try? Data(contentsOf: URL(filePath: file)), data.count <= Self.maxBytes else {
            throw Failure(description: "cannot read \(file), or it is longer than \(Self.maxBytes) bytes")
        }
        try self.init(yaml: String(decoding: data, as: UTF8.self), name: file)
    }

    init(yaml: String, name: String) throws(Failure) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw Failure(description: "\(name): \(error)".replacing("\n", with: " "))
        } catch {
            throw Failure(description: "\(name): \(error)")
        }
        guard let mapping = root?.mapping, !mapping.isEmpty else {
            throw Failure(description: "\(name): expected options of riffle-perf run, one a line, as 'rate: 2000'")
        }
        func place(_ node: Node) -> String { node.mark.map { "\(name):\($0.line):\($0.column)" } ?? name }
        var options: [String] = []
        var urls: [String] = []
        for (key, value) in mapping {
            guard let option = key.string,
                option.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }),
                !option.isEmpty, !option.hasPrefix("-"), option != "scenario"
            else { throw Failure(description: "\(place(key)): not the long name of an option") }
            let texts: [String]
            if let list = value.sequence {
                texts = list.compactMap(\.scalar?.string)
                guard texts.count == list.count else {
                    throw Failure(description: "\(place(value)): a list of \(option) holds plain values")
                }
            } else if let text = value.scalar?.string {
                texts = [text]
            } else {
                throw Failure(description: "\(place(value)): \(option) takes a value or a list of values")
            }
            for text in texts {
                switch (option, text) {
                case ("urls", _): urls.append(text)
                case (_, "true"): options.append("--\(option)")
                case (_, "false"): break
                // With an equals sign a value that begins with a dash stays a value.
                default: options.append("--\(option)=\(text)")
                }
            }
        }
        arguments = options + urls
    }

    /// Command-line arguments with those of `--scenario FILE` in them, before the ones that follow.
    package static func expand(_ arguments: [String]) throws(Failure) -> [String] {
        guard arguments.first == "run",
            let position = arguments.firstIndex(where: { $0 == "--scenario" || $0.hasPrefix("--scenario=") })
        else { return arguments }
        let joined = arguments[position].hasPrefix("--scenario=")
        guard joined || position + 1 < arguments.count else { return arguments }
        let file = joined ? String(arguments[position].dropFirst("--scenario=".count)) : arguments[position + 1]
        let scenario = try Scenario(file: file)
        var expanded = arguments
        // Right after `run`: every option on the command line then comes later and wins, wherever it stands.
        expanded.insert(contentsOf: scenario.arguments.filter { $0.hasPrefix("--") }, at: 1)
        return expanded + scenario.arguments.filter { !$0.hasPrefix("--") }
    }
}
