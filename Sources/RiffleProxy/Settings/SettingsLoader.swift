import Configuration
import RiffleCache
import RiffleListings

/// Brings options, environment and file together: options beat environment, environment beats the file.
package struct SettingsLoader: Sendable {
    /// Text of the configuration file with the name to call it by.
    package var file: (name: String, text: String)?
    package var environment: [String: String] = [:]
    /// Key path, value and how the operator gave it (`--listen`, `--set cache.memory`).
    package var options: [(path: String, value: String, place: String)] = []

    package init() {}

    /// - Throws: every mistake found, in the order of the settings.
    package func load() throws(ConfigurationErrors) -> Settings {
        let parsed = file.map { ConfigurationFile(text: $0.text, name: $0.name) }
        var errors = parsed?.errors ?? []
        for option in options where !SettingKey.all.contains(where: { $0.path == option.path }) {
            errors.append(SettingKey.unknown(option.path, at: option.place))
        }
        let reader = ConfigReader(providers: providers(file: parsed))
        // Replaced by the operator's own below; without one there is an error and no settings leave here.
        guard let placeholder = OriginURL("http://origin.invalid") else { throw ConfigurationErrors(errors: errors) }
        var settings = Settings(origin: placeholder)
        var hasOrigin = false
        for key in SettingKey.all {
            guard let text = reader.string(forKey: ConfigKey(key.path)) else { continue }
            if key.path == "origin.url" { hasOrigin = true }
            guard key.apply(&settings, text) else {
                errors.append(
                    ConfigurationError(place: place(of: key, file: parsed), "`\(key.path)` takes \(key.expects)"))
                continue
            }
        }
        settings.rules = parsed?.rules ?? settings.rules
        settings.tenants = parsed?.tenants ?? []
        if settings.tenants.reduce(0, { $0 + $1.floor }) > settings.cache.memory {
            errors.append(
                ConfigurationError(
                    place: file?.name ?? "tenants",
                    "the floors of `tenants` add up to more than `cache.memory`; lower them or raise it"))
        }
        if !settings.rules.listings.isEmpty, settings.origin.dialect != .json {
            errors.append(
                ConfigurationError(
                    place: file?.name ?? "rules", "`listing` rules are for `origin.dialect: json`, which is not set"))
        }
        if settings.rules.listings.isEmpty, settings.origin.dialect == .json {
            errors.append(
                ConfigurationError(
                    place: file?.name ?? "origin.dialect",
                    "`origin.dialect: json` needs `rules` in a file, with at least one `listing`"))
        }
        if !hasOrigin {
            errors.append(
                ConfigurationError(place: file?.name ?? "riffle serve", "no origin; give --origin URL or `origin.url`"))
        }
        errors += settings.s3Contradictions
        guard errors.isEmpty else { throw ConfigurationErrors(errors: errors) }
        return settings
    }

    private func providers(file: ConfigurationFile?) -> [any ConfigProvider] {
        var given: [AbsoluteConfigKey: ConfigValue] = [:]
        for option in options { given[absolute(option.path)] = ConfigValue(.string(option.value), isSecret: false) }
        var inFile: [AbsoluteConfigKey: ConfigValue] = [:]
        for (path, setting) in file?.settings ?? [:] {
            inFile[absolute(path)] = ConfigValue(.string(setting.text), isSecret: false)
        }
        var fromEnvironment: [AbsoluteConfigKey: ConfigValue] = [:]
        for key in SettingKey.all {
            guard let text = environment[key.environmentName] else { continue }
            fromEnvironment[absolute(key.path)] = ConfigValue(.string(text), isSecret: false)
        }
        return [
            InMemoryProvider(name: "options", values: given),
            InMemoryProvider(name: "environment", values: fromEnvironment),
            InMemoryProvider(name: "file", values: inFile),
        ]
    }

    private func absolute(_ path: String) -> AbsoluteConfigKey {
        AbsoluteConfigKey(ConfigKey(path))
    }

    private func place(of key: SettingKey, file: ConfigurationFile?) -> String {
        if let option = options.last(where: { $0.path == key.path }) { return option.place }
        if environment[key.environmentName] != nil { return key.environmentName }
        return file?.settings[key.path]?.place ?? "default"
    }
}
