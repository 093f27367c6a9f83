import RiffleCache
import RiffleListings
import Yams

/// A mistake in the configuration: where it stands, what is wrong and what would be right.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// `riffle.yaml:3:5`, `--set cache.memory` or `RIFFLE_CACHE_MEMORY`.
    package let place: String
    package let message: String

    package init(place: String, _ message: String) {
        self.place = place
        self.message = message
    }

    package var description: String { "\(place): \(message)" }
}

/// Every mistake found in one reading, so that an operator mends them all at once.
package struct ConfigurationErrors: Error, Sendable, Equatable {
    package let errors: [ConfigurationError]

    package init(errors: [ConfigurationError]) {
        self.errors = errors
    }
}

/// A YAML file as flat key paths with the place of each, because riffle names line and column of every mistake.
struct ConfigurationFile {
    struct Setting {
        let text: String
        let place: String
    }

    private(set) var settings: [String: Setting] = [:]
    private(set) var rules = OperatorRules()
    private(set) var tenants: [Tenant] = []
    private(set) var errors: [ConfigurationError] = []
    private let name: String

    /// - Parameter name: how the file is called in errors.
    init(text: String, name: String) {
        self.name = name
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            guard root.mapping != nil else {
                errors.append(
                    ConfigurationError(place: place(root), "expected settings such as `listen: 127.0.0.1:8080`"))
                return
            }
            collect(root, under: "")
        } catch let error as YamlError {
            errors.append(Self.syntaxError(error, name: name))
        } catch {
            errors.append(ConfigurationError(place: name, "is no YAML"))
        }
    }

    private mutating func collect(_ node: Node, under prefix: String) {
        guard let mapping = node.mapping else { return }
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                errors.append(ConfigurationError(place: place(key), "a setting's name must be a word"))
                continue
            }
            let path = prefix.isEmpty ? name : "\(prefix).\(name)"
            if path == "rules" {
                let read = RulesFile(value, name: self.name)
                rules = read.rules
                errors += read.errors
                continue
            }
            if path == "tenants" {
                let read = TenantsFile(value, name: self.name)
                tenants = read.tenants
                errors += read.errors
                continue
            }
            switch value {
            case .mapping:
                if isGroup(path) || SettingKey.all.contains(where: { $0.path == path }) {
                    collect(value, under: path)
                } else {
                    unknown(path, at: key)
                }
            case .scalar(let scalar):
                guard SettingKey.all.contains(where: { $0.path == path }) else {
                    // An empty group, as when all of its settings are commented out, is no mistake.
                    if isGroup(path), scalar.string.isEmpty || scalar.string == "null" { continue }
                    unknown(path, at: key)
                    continue
                }
                settings[path] = Setting(text: scalar.string, place: place(value))
            default:
                errors.append(ConfigurationError(place: place(value), "`\(path)` takes one value, not a list"))
            }
        }
    }

    private func isGroup(_ path: String) -> Bool {
        SettingKey.all.contains { $0.path.hasPrefix(path + ".") }
    }

    private mutating func unknown(_ path: String, at key: Node) {
        errors.append(SettingKey.unknown(path, at: place(key)))
    }

    private func place(_ node: Node) -> String {
        guard let mark = node.mark else { return name }
        return "\(name):\(mark.line):\(mark.column)"
    }

    private static func syntaxError(_ error: YamlError, name: String) -> ConfigurationError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ConfigurationError(place: "\(name):\(mark.line):\(mark.column)", "is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { "\($0)" }.joined(separator: ", ")
            return ConfigurationError(
                place: "\(name):\(context.mark.line):\(context.mark.column)", "`\(keys)` stands twice; keep one")
        default:
            return ConfigurationError(place: name, "is no YAML")
        }
    }
}

extension SettingKey {
    static func unknown(_ path: String, at place: String) -> ConfigurationError {
        let hint = nearest(to: path).map { "; did you mean `\($0)`?" } ?? "; see `riffle serve --help-settings`"
        return ConfigurationError(place: place, "unknown setting `\(path)`\(hint)")
    }
}
