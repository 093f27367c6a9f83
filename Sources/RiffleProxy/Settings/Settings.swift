import RiffleCache
import RiffleHTTP
import RiffleListings

/// Everything an operator can set, with its default: `riffle serve --origin URL` alone is a correct, safe proxy.
package struct Settings: Sendable {
    package enum Dialects: String, Sendable, CaseIterable {
        case auto, webdav, autoindex, graph, s3, json
    }

    package enum OriginHost: Sendable, Equatable {
        /// The origin's own name.
        case origin
        /// What the client asked for.
        case preserve
        case name(String)
    }

    package enum Loops: Sendable, Equatable {
        case auto
        case count(Int)
    }

    package enum AccessLogMode: String, Sendable, CaseIterable {
        case off, sampled, all
    }

    package enum AccessLogFormat: String, Sendable, CaseIterable {
        case json, combined
    }

    package enum Scope: String, Sendable, CaseIterable {
        /// Listings of the origin's dialects only.
        case listings
        /// Every GET and HEAD, by RFC 9111.
        case all
    }

    package struct Origin: Sendable {
        package var url: OriginURL
        package var host = OriginHost.origin
        package var dialect = Dialects.auto
        package var connectTimeout: Int64 = 5_000
        package var readTimeout: Int64 = 120_000
        package var connections = 1_024
        package var caFile: String?
        /// PEM files with the certificate riffle shows to the origin and its key.
        package var clientCertificateFile: String?
        package var clientKeyFile: String?
    }

    package struct Cache: Sendable {
        package var scope = Scope.listings
        package var memory = 256 << 20
        package var defaultTTL: Int64 = 60_000
        package var staleWhileRevalidate: Int64 = 0
        package var staleIfError: Int64 = 0
        /// No window of staleness exceeds it, whoever asks for one: operator, response or client.
        package var staleCeiling: Int64 = 86_400_000
        package var vouchTTL: Int64 = 300_000
        package var largestListing = 16 << 20
        /// Ceiling of heuristic freshness; nil: none is guessed.
        package var heuristicTTL: Int64?
    }

    package struct Listings: Sendable {
        package var override = DisregardedDirectives()
    }

    /// What is answered out of other listings than the one asked for.
    package struct Derived: Sendable {
        package var depthZero = true
        package var absentNames = true
        package var probeNames = true
        package var rowTags = true

        var isEnabled: Bool { depthZero || absentNames || probeNames || rowTags }
    }

    /// Whether a folder's tag changes with everything below it.
    package enum DeepTags: String, Sendable, CaseIterable {
        /// Where paths are Nextcloud's or ownCloud's.
        case auto
        case yes = "true"
        case no = "false"

        var policy: AncestorPolicy {
            switch self {
            case .auto: .byPath
            case .yes: .toRoot
            case .no: .parentRow
            }
        }
    }

    package struct WebDAV: Sendable {
        package var deepTags = DeepTags.auto
    }

    /// News of changes that don't pass through riffle.
    package struct Feed: Sendable {
        /// Life of a listing that a healthy feed covers, when its response says nothing.
        package var ttl: Int64 = 600_000
        /// What posts to /-/invalidate; nil: whoever may use the admin listener.
        package var tokenFile: String?
        /// A poster that is silent for so long is not relied on; nil: it never is.
        package var pushSilence: Int64?
        package var walk = false
        package var walkInterval: Int64 = 30_000
        package var delta = false
        package var deltaInterval: Int64 = 30_000
        /// Where the origin's notifications come in, and how the origin reaches that; nil: polls alone tell.
        package var hookListen: ListenAddress?
        package var hookURL: String?

        /// Whether any listing may live longer than the usual TTL.
        var isUsed: Bool { pushSilence != nil || walk || delta }
    }

    package struct Redis: Sendable {
        package var url = "none"
        package var budget: Int64 = 20_000
        package var caFile: String?
        package var secretFile: String?
        package var memory = 256 << 20
    }

    package struct Prefetch: Sendable {
        package var enabled = true
        package var budget = 0.2
        package var concurrency = 4
    }

    package struct Limits: Sendable {
        package var connections = 20_000
        /// nil: one address may have all of them.
        package var connectionsPerAddress: Int?
        package var requestsPerConnection = 1_000_000
        package var headTimeout: Int64 = 15_000
        package var idleTimeout: Int64 = 75_000
        package var bodyTimeout: Int64 = 60_000
        package var drainTimeout: Int64 = 20_000
    }

    package struct Log: Sendable {
        package var access = AccessLogMode.off
        package var format = AccessLogFormat.json
        package var file: String?
        package var level = "info"
    }

    package var listen = ListenAddress.tcp(host: "127.0.0.1", port: 8080)
    package var tls = TLS()
    /// Balancers that say whose connection it is by the PROXY protocol; they must, and nobody else may.
    package var proxyProtocolFrom: [AddressRange] = []
    /// Proxies whose `Forwarded` and `X-Forwarded-*` are passed on.
    package var trustedProxies: [AddressRange] = []
    package var admin: ListenAddress? = .tcp(host: "127.0.0.1", port: 8081)
    package var adminTokenFile: String?
    package var origin: Origin
    package var identity = Identity()
    package var canary = Canary()
    package var s3 = S3()
    package var cache = Cache()
    package var listings = Listings()
    package var derived = Derived()
    package var webdav = WebDAV()
    package var feed = Feed()
    /// What the operator says about requests whose meaning riffle can't know.
    package var rules = OperatorRules()
    /// Parts of the tree with bounds of their own in the memory tier.
    package var tenants: [Tenant] = []
    package var redis = Redis()
    package var prefetch = Prefetch()
    package var limits = Limits()
    package var log = Log()
    package var loops = Loops.auto

    package init(origin: OriginURL) {
        self.origin = Origin(url: origin)
    }
}
