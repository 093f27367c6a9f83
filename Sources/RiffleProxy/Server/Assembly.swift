import Logging
import NIOCore
import RiffleCache
import RiffleRedis

extension Gateway {
    /// Wires the tiers, the origin and prefetch of one riffle together.
    ///
    /// - Throws: when what TLS to the origin or to Redis needs can't be had.
    static func assemble(
        _ settings: Settings, parts: RedisParts, accessLog: AccessLog?, group: any EventLoopGroup, log: Logger
    ) throws(ConfigurationErrors) -> Gateway {
        let naming = FolderNaming(secret: parts.secret, origin: settings.origin.url.description)
        let trust = FleetTrust(generations: Generations())
        let prefetch = PrefetchHub(settings.prefetch, defaultTTL: settings.cache.defaultTTL)
        let memory = MemoryTier(limit: settings.cache.memory, tenants: settings.tenants) { prefetch.displaced($0) }
        return Gateway(
            settings: settings, naming: naming, origin: try OriginClient(settings.origin, group: group),
            s3: try S3Gate(settings, naming: naming),
            redis: try redisTier(settings, parts, naming, trust, group, log), trust: trust, memory: memory,
            prefetch: prefetch, accessLog: accessLog, log: log, loop: group.next())
    }

    private static func redisTier(
        _ settings: Settings, _ parts: RedisParts, _ naming: FolderNaming, _ trust: FleetTrust,
        _ group: any EventLoopGroup, _ log: Logger
    ) throws(ConfigurationErrors) -> RedisTier? {
        guard let server = parts.server else { return nil }
        var options = RedisTier.Options(server: server, secret: parts.secret, originName: naming.origin)
        options.budget = .microseconds(settings.redis.budget)
        do {
            return try RedisTier(options, group: group, log: log, onChanges: trust.heard, onLink: trust.changed)
        } catch {
            throw ConfigurationErrors(errors: [
                ConfigurationError(place: server.authoritiesFile == nil ? "redis.url" : "redis.caFile", "\(error)")
            ])
        }
    }
}
