import Foundation
import RiffleCache
import RiffleRedis

/// What a riffle needs for its second tier before it can start: where Redis is, and the key that names and seals.
struct RedisParts: Sendable {
    let server: RedisServer?
    let secret: Secret
    let embedded: EmbeddedRedis?

    /// - Throws: when the URL is none, `redis-server` can't be started, or the key can't be had.
    static func make(_ settings: Settings) async throws(ConfigurationErrors) -> RedisParts {
        switch try parse(settings.redis.url) {
        case .none:
            return RedisParts(server: nil, secret: .ephemeral(), embedded: nil)
        case .embedded:
            // Nobody else reaches it, so its key need not outlive it.
            let embedded = try await startEmbedded(settings.redis)
            return RedisParts(server: embedded.server, secret: .ephemeral(), embedded: embedded)
        case .server(var server):
            server.authoritiesFile = settings.redis.caFile
            let path = settings.redis.secretFile ?? InstallationSecret.defaultPath(ProcessInfo.processInfo.environment)
            return RedisParts(server: server, secret: try InstallationSecret.load(path), embedded: nil)
        }
    }

    private static func parse(_ url: String) throws(ConfigurationErrors) -> RedisTarget {
        do {
            return try RedisTarget(parsing: url)
        } catch {
            throw ConfigurationErrors(errors: [ConfigurationError(place: "redis.url", error.message)])
        }
    }

    private static func startEmbedded(_ settings: Settings.Redis) async throws(ConfigurationErrors) -> EmbeddedRedis {
        do {
            let embedded = try EmbeddedRedis(maximumMemory: settings.memory)
            try await embedded.ready()
            return embedded
        } catch {
            throw ConfigurationErrors(errors: [ConfigurationError(place: "redis.url embedded", "\(error)")])
        }
    }
}
