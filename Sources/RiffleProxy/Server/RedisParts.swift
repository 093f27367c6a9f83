import Foundation
import Logging
import RiffleCache
import RiffleRedis

/// What a riffle needs for its second tier before it can start: where Redis is, and the key that names and seals.
struct RedisParts: Sendable {
    let target: RedisTarget?
    let secret: Secret
    let embedded: EmbeddedRedis?

    /// - Throws: when the URL is none, `redis-server` can't be started, or the key can't be had.
    static func make(_ settings: Settings, log: Logger) async throws(ConfigurationErrors) -> RedisParts {
        switch settings.redis.url {
        case "none":
            return RedisParts(target: nil, secret: .ephemeral(), embedded: nil)
        case "embedded":
            // Nobody else reaches it, so its key need not outlive it.
            let embedded = try await startEmbedded(settings.redis, log: log)
            return RedisParts(target: embedded.target, secret: .ephemeral(), embedded: embedded)
        default:
            let target = try parse(settings.redis.url)
            let path = settings.redis.secretFile ?? InstallationSecret.defaultPath(ProcessInfo.processInfo.environment)
            return RedisParts(target: target, secret: try InstallationSecret.load(path), embedded: nil)
        }
    }

    private static func parse(_ url: String) throws(ConfigurationErrors) -> RedisTarget {
        do {
            return try RedisTarget(parsing: url)
        } catch {
            throw ConfigurationErrors(errors: [ConfigurationError(place: "redis.url", "\(error)")])
        }
    }

    private static func startEmbedded(
        _ settings: Settings.Redis, log: Logger
    ) async throws(ConfigurationErrors) -> EmbeddedRedis {
        do {
            return try await EmbeddedRedis.start(memory: settings.memory, log: log)
        } catch {
            throw ConfigurationErrors(errors: [ConfigurationError(place: "redis.url embedded", "\(error)")])
        }
    }
}
