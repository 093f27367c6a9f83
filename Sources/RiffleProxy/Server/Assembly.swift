import Logging
import NIOCore
import RiffleCache
import RiffleRedis

extension Gateway {
    /// Wires the tiers, the origin and prefetch of one riffle together.
    static func assemble(
        _ settings: Settings, parts: RedisParts, accessLog: AccessLog?, group: any EventLoopGroup, log: Logger
    ) -> Gateway {
        let naming = FolderNaming(secret: parts.secret, origin: settings.origin.url.description)
        let generations = Generations()
        let trust = FleetTrust(generations: generations)
        let prefetch = PrefetchHub(settings.prefetch, defaultTTL: settings.cache.defaultTTL)
        let memory = MemoryTier(limit: settings.cache.memory) { prefetch.displaced($0) }
        let redis = parts.target.map { target in
            RedisTier(
                target: target, secret: parts.secret, originName: naming.origin, group: group, log: log,
                onChanges: { trust.heard($0) },
                onLink: { link in
                    switch link {
                    case .lost(let peers): trust.lost(peers: peers)
                    case .regained(let missed): trust.regained(missed: missed)
                    }
                })
        }
        return Gateway(
            settings: settings, naming: naming, origin: OriginClient(settings.origin, group: group), redis: redis,
            generations: generations, trust: trust, memory: memory, prefetch: prefetch, accessLog: accessLog, log: log)
    }
}
