import Foundation
import Yams

/// One access key that clients sign with. It has no description and is never encoded.
struct S3AccessKey: Sendable {
    let id: String
    let secret: [UInt8]
    /// What riffle signs with at the origin on this key's behalf.
    let originID: String
    let originSecret: [UInt8]
    /// What the key may reach: `bucket/` and `bucket/prefix`; nil leaves that to the origin.
    let allowed: [[UInt8]]?

    /// Whether everything below `place`, a bucket with a slash and a prefix or key behind it, may be reached.
    func mayReach(_ place: [UInt8]) -> Bool {
        guard let allowed else { return true }
        return allowed.contains { place.starts(with: $0) }
    }
}

/// The access keys an operator gives riffle, as YAML:
///
///     AKIAEXAMPLE:
///       secret: …
///     team-reader:
///       secret: …
///       origin: {accessKey: AKIAEXAMPLE2, secret: …}
///       allow: [docs, media/public/]
///
/// Without `origin` the same key signs at the origin, and what it may see is what the origin says. With it the origin can't
/// tell clients apart, so `allow` must.
struct S3Keyring: Sendable {
    static let mostKeys = 10_000

    private(set) var keys: [[UInt8]: S3AccessKey] = [:]

    subscript(_ id: [UInt8]) -> S3AccessKey? { keys[id] }

    /// - Parameter source: a path, or `env:NAME`.
    static func load(_ source: String, _ environment: [String: String]) throws(ConfigurationErrors) -> S3Keyring {
        if source.hasPrefix("env:") {
            let name = String(source.dropFirst("env:".count))
            guard let text = environment[name] else { throw failure("the variable `\(name)` is not set") }
            return try S3Keyring(text)
        }
        let attributes = try? FileManager.default.attributesOfItem(atPath: source)
        guard let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue,
            let data = FileManager.default.contents(atPath: source)
        else { throw failure("`\(source)` can't be read") }
        guard mode & 0o077 == 0 else { throw failure("`\(source)` may be read by others; say `chmod 600 \(source)`") }
        return try S3Keyring(String(decoding: data, as: UTF8.self))
    }

    /// Errors name keys and settings, never a secret.
    init(_ text: String) throws(ConfigurationErrors) {
        guard let root = try? Yams.compose(yaml: text), let mapping = root.mapping, !mapping.isEmpty else {
            throw Self.failure("holds no access keys; write `ACCESSKEY: {secret: …}` for each")
        }
        guard mapping.count <= Self.mostKeys else { throw Self.failure("holds more than \(Self.mostKeys) access keys") }
        for (name, value) in mapping {
            guard let id = name.string, !id.isEmpty else { throw Self.failure("an access key must be a word") }
            keys[Array(id.utf8)] = try Self.key(id, value)
        }
    }

    private static func key(_ id: String, _ node: Node) throws(ConfigurationErrors) -> S3AccessKey {
        for (name, _) in node.mapping ?? [:] where !["secret", "origin", "allow"].contains(name.string) {
            throw failure("`\(id)` takes secret, origin and allow, nothing else")
        }
        guard let secret = node["secret"]?.string, !secret.isEmpty else { throw failure("`\(id)` has no secret") }
        var origin = (id: id, secret: secret)
        if let other = node["origin"] {
            guard let originID = other["accessKey"]?.string, let originSecret = other["secret"]?.string,
                !originID.isEmpty, !originSecret.isEmpty
            else { throw failure("`\(id)`: origin takes accessKey and secret") }
            origin = (originID, originSecret)
        }
        var allowed: [[UInt8]]?
        if let list = node["allow"] {
            guard let places = list.sequence?.map({ $0.string }), !places.isEmpty, !places.contains(nil) else {
                throw failure("`\(id)`: allow takes a list such as [docs, media/public/]")
            }
            allowed = places.compactMap { $0.map { Array(($0.contains("/") ? $0 : $0 + "/").utf8) } }
        }
        guard allowed != nil || origin.id == id else {
            throw failure("`\(id)` signs as another key, so it needs `allow`: the origin can't tell what it may see")
        }
        return S3AccessKey(
            id: id, secret: Array(secret.utf8), originID: origin.id, originSecret: Array(origin.secret.utf8),
            allowed: allowed)
    }

    private static func failure(_ message: String) -> ConfigurationErrors {
        ConfigurationErrors(errors: [ConfigurationError(place: "s3.credentials", message)])
    }
}
