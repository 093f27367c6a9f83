import RiffleHTTP

/// One setting an operator can give by file, environment or option: its name, what it takes, and how it is applied.
package struct SettingKey: Sendable {
    /// The key path, as in the file and in `--set`.
    package let path: String
    /// What a value looks like, for error messages and help.
    package let expects: String
    package let help: String
    /// Applies the text; false when it is no value of this setting.
    let apply: @Sendable (inout Settings, String) -> Bool

    /// The environment variable of this setting: `cache.defaultTTL` is `RIFFLE_CACHE_DEFAULT_TTL`.
    package var environmentName: String {
        var name = "RIFFLE_"
        var previousLowercase = false
        for character in path {
            if character == "." {
                name.append("_")
            } else {
                if character.isUppercase, previousLowercase { name.append("_") }
                name.append(contentsOf: character.uppercased())
            }
            previousLowercase = character.isLowercase
        }
        return name
    }

    private static func key<Value>(
        _ path: String, _ expects: String, _ help: String,
        _ target: any WritableKeyPath<Settings, Value> & Sendable,
        _ parse: @escaping @Sendable (String) -> Value?
    ) -> SettingKey {
        SettingKey(path: path, expects: expects, help: help) { settings, text in
            guard let value = parse(text) else { return false }
            settings[keyPath: target] = value
            return true
        }
    }

    private static let time = "a time such as 20ms, 60s or 5m"
    private static let size = "a size such as 64KiB or 256MiB"

    private static func positive(_ text: String) -> Int? {
        Int(text).flatMap { $0 > 0 ? $0 : nil }
    }

    private static func path(_ text: String) -> String?? {
        text.isEmpty ? nil : .some(text)
    }

    private static func paths(_ text: String) -> [String]? {
        let paths = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        return paths.contains("") ? nil : paths
    }

    /// Names that are tokens (RFC 9110 §5.6.2), with commas between.
    private static func names(_ text: String) -> [String]? {
        paths(text).flatMap { $0.allSatisfy { $0.utf8.allSatisfy(ByteScan.isToken) } ? $0 : nil }
    }

    private static func ranges(_ text: String) -> [AddressRange]? {
        let ranges = paths(text)?.map { AddressRange($0) }
        return ranges.flatMap { $0.contains(nil) ? nil : $0.compactMap { $0 } }
    }

    /// Every setting. `origin.url` stands first because nothing works without it.
    package static let all: [SettingKey] = [
        key(
            "origin.url", "a URL such as https://files.example.com", "the slow service to stand in front of",
            \.origin.url
        ) {
            OriginURL($0)
        },
        key("origin.host", "origin, preserve or a host name", "the Host field sent to the origin", \.origin.host) {
            switch $0 {
            case "origin": .origin
            case "preserve": .preserve
            default: $0.isEmpty || $0.contains(where: { " /,".contains($0) }) ? nil : .name($0)
            }
        },
        key(
            "origin.dialect", "auto, webdav, graph, s3, autoindex or json", "how the origin speaks listings",
            \.origin.dialect
        ) {
            Settings.Dialects(rawValue: $0)
        },
        key("origin.connectTimeout", time, "how long connecting to the origin may take", \.origin.connectTimeout) {
            SettingValue.milliseconds($0)
        },
        key("origin.readTimeout", time, "how long the origin may be silent within an answer", \.origin.readTimeout) {
            SettingValue.milliseconds($0)
        },
        key("origin.connections", "a number above 0", "connections to the origin kept at once", \.origin.connections) {
            positive($0)
        },
        key("origin.caFile", "a path", "PEM file with the authorities that may sign for the origin", \.origin.caFile) {
            path($0)
        },
        key(
            "origin.clientCertificateFile", "a path", "PEM file with the certificate chain riffle shows to the origin",
            \.origin.clientCertificateFile
        ) { path($0) },
        key(
            "origin.clientKeyFile", "a path", "PEM file with the key of that certificate", \.origin.clientKeyFile
        ) { path($0) },
        key("listen", "HOST:PORT or unix:PATH", "where clients connect", \.listen) { ListenAddress($0) },
        key(
            "tls.certificateFile", "a path, or several with commas between",
            "PEM file with the certificate chain the listener shows; turns TLS on", \.tls.certificateFiles
        ) { paths($0) },
        key(
            "tls.keyFile", "a path, or several with commas between", "PEM file with the key of each certificate",
            \.tls.keyFiles
        ) { paths($0) },
        key(
            "tls.clientCAFile", "a path", "PEM file with the authorities that may sign for clients; asks for theirs",
            \.tls.clientCAFile
        ) { path($0) },
        key(
            "proxyProtocol.from", "addresses such as 10.0.0.0/8, 192.0.2.7 or unix, with commas between",
            "balancers whose connections begin with a PROXY header", \.proxyProtocolFrom
        ) { ranges($0) },
        key(
            "forwarded.from", "addresses such as 10.0.0.0/8, 192.0.2.7 or unix, with commas between",
            "proxies in front whose Forwarded and X-Forwarded-* fields are passed on", \.trustedProxies
        ) { ranges($0) },
        key("admin", "HOST:PORT, unix:PATH or none", "where /metrics, /healthz and cache-inspect connect", \.admin) {
            $0 == "none" ? .some(nil) : ListenAddress($0).map { .some($0) }
        },
        key("adminTokenFile", "a path", "file with the bearer token that the admin listener asks for", \.adminTokenFile)
        {
            path($0)
        },
        key("loops", "auto or a number above 0", "event loops (threads) that serve connections", \.loops) {
            $0 == "auto" ? .auto : positive($0).map { .count($0) }
        },
        key(
            "identity.claims", "none, auto, or claims such as tid,oid",
            "claims by which several tokens of one person share listings, once the origin has proven each token",
            \.identity.claims
        ) { text in
            switch text {
            case "none": .some(.none)
            case "auto": .automatic
            default: paths(text).map { .names($0) }
            }
        },
        key(
            "identity.shareVerified", "none, or paths such as /public/ with commas between",
            "paths below which people who have each proven to get the same renew it for each other",
            \.identity.shareVerified
        ) { text in
            if text == "none" { return [] }
            return paths(text).flatMap { $0.allSatisfy { $0.hasPrefix("/") && $0.hasSuffix("/") } ? $0 : nil }
        },
        key(
            "canary.rate", "a share such as 0.01", "hits about which the origin is asked once more, to raise an alarm",
            \.canary.rate
        ) { SettingValue.share($0) },
        key(
            "identity.cookies", "all, or names with commas between", "cookies that say who is asking",
            \.identity.cookies
        ) { $0 == "all" ? .some(nil) : names($0).map { .some($0) } },
        key(
            "s3.mode", "transparent or terminate",
            "whether S3 signatures only pass by, or riffle checks and makes them",
            \.s3.mode
        ) { Settings.S3.Mode(rawValue: $0) },
        key(
            "s3.credentials", "a path, or env:NAME",
            "file or variable with the access keys that riffle checks and signs with",
            \.s3.credentials
        ) { path($0) },
        key("s3.region", "a region such as eu-west-1", "the region that riffle signs for", \.s3.region) {
            $0.isEmpty || $0.contains(where: { " /,".contains($0) }) ? nil : $0
        },
        key(
            "s3.domains", "names such as files.example.com, with commas between",
            "names below which the first label of a host is a bucket", \.s3.domains
        ) { paths($0) },
        key("cache.scope", "listings or all", "what is cached", \.cache.scope) { Settings.Scope(rawValue: $0) },
        key("cache.memory", size, "limit of the memory tier", \.cache.memory) {
            SettingValue.bytes($0).flatMap { $0 >= 1 << 20 ? $0 : nil }
        },
        key("cache.defaultTTL", time, "life of a listing whose response says nothing", \.cache.defaultTTL) {
            SettingValue.milliseconds($0)
        },
        key(
            "cache.heuristicTTL", "none or a time such as 10m",
            "longest life guessed for a response that is no listing and says nothing", \.cache.heuristicTTL
        ) { $0 == "none" ? .some(nil) : SettingValue.milliseconds($0).map { .some($0) } },
        key(
            "cache.staleWhileRevalidate", time, "how long past its life a listing may be served while it is refreshed",
            \.cache.staleWhileRevalidate
        ) { SettingValue.milliseconds($0) },
        key(
            "cache.staleIfError", time, "how long past its life a listing may be served when the origin fails",
            \.cache.staleIfError
        ) { SettingValue.milliseconds($0) },
        key(
            "cache.staleCeiling", time, "how long past its life anything is served at most, whoever asks for it",
            \.cache.staleCeiling
        ) { SettingValue.milliseconds($0) },
        key(
            "listings.override", "directives such as no-store, no-cache, expires with commas between, or none",
            "what origins say of caching listings that is disregarded", \.listings.override
        ) { $0 == "none" ? DisregardedDirectives() : paths($0).flatMap { DisregardedDirectives($0) } },
        key(
            "cache.vouchTTL", time, "how long the origin's acceptance of a credential is trusted", \.cache.vouchTTL
        ) { SettingValue.milliseconds($0) },
        key(
            "cache.largestListing", size, "what takes more, as gzip where kept so, streams through uncached",
            \.cache.largestListing
        ) {
            SettingValue.bytes($0)
        },
        key(
            "derived.depthZero", "true or false", "whether a member is answered for out of its folder's listing",
            \.derived.depthZero
        ) { SettingValue.bool($0) },
        key(
            "derived.absentNames", "true or false",
            "whether a name that its folder's listing lacks is answered with 404",
            \.derived.absentNames
        ) { SettingValue.bool($0) },
        key(
            "derived.probeNames", "true or false", "the same for .DS_Store, desktop.ini and the like",
            \.derived.probeNames
        ) { SettingValue.bool($0) },
        key(
            "derived.rowTags", "true or false",
            "whether a fresh listing renews those of its folders whose deep tags are unchanged", \.derived.rowTags
        ) { SettingValue.bool($0) },
        key(
            "webdav.deepTags", "auto, true or false", "whether a folder's tag changes with everything below it",
            \.webdav.deepTags
        ) { Settings.DeepTags(rawValue: $0) },
        key("feed.ttl", time, "life of a listing while a healthy change feed covers it", \.feed.ttl) {
            SettingValue.milliseconds($0)
        },
        key(
            "feed.tokenFile", "a path",
            "file with the bearer token that may post changes to /-/invalidate and nothing else",
            \.feed.tokenFile
        ) { path($0) },
        key(
            "feed.pushSilence", "none or a time such as 60s",
            "how long who posts to /-/invalidate may be silent and still be relied on", \.feed.pushSilence
        ) { $0 == "none" ? .some(nil) : SettingValue.milliseconds($0).flatMap { $0 > 0 ? .some($0) : nil } },
        key(
            "feed.walk", "true or false", "whether deep tags are polled for changes behind riffle's back", \.feed.walk
        ) { SettingValue.bool($0) },
        key("feed.walkInterval", time, "how often they are polled", \.feed.walkInterval) {
            SettingValue.milliseconds($0).flatMap { $0 > 0 ? $0 : nil }
        },
        key(
            "feed.delta", "true or false", "whether delta queries are polled for changes behind riffle's back",
            \.feed.delta
        ) { SettingValue.bool($0) },
        key("feed.deltaInterval", time, "how often they are polled", \.feed.deltaInterval) {
            SettingValue.milliseconds($0).flatMap { $0 > 0 ? $0 : nil }
        },
        key(
            "feed.hookListen", "none, HOST:PORT or unix:PATH", "where the origin's notifications come in",
            \.feed.hookListen
        ) { $0 == "none" ? .some(nil) : ListenAddress($0).map { .some($0) } },
        key("feed.hookURL", "none or a URL", "how the origin reaches that listener", \.feed.hookURL) {
            $0 == "none" ? .some(nil) : $0.hasPrefix("http://") || $0.hasPrefix("https://") ? .some($0) : nil
        },
        key(
            "redis.url", "none, embedded, redis://HOST:PORT, rediss://… or redis+unix:///PATH",
            "the second tier", \.redis.url
        ) { $0.isEmpty ? nil : $0 },
        key("redis.budget", time, "time for all Redis work of one request", \.redis.budget) {
            SettingValue.microseconds($0)
        },
        key(
            "redis.caFile", "a path", "PEM file with the authorities that may sign for a rediss:// server",
            \.redis.caFile
        ) {
            path($0)
        },
        key(
            "redis.secretFile", "a path", "file with the key that riffles on one Redis share; made when absent",
            \.redis.secretFile
        ) { path($0) },
        key("redis.memory", size, "limit of the embedded Redis", \.redis.memory) { SettingValue.bytes($0) },
        key("prefetch.enabled", "true or false", "whether likely next folders are fetched ahead", \.prefetch.enabled) {
            SettingValue.bool($0)
        },
        key(
            "prefetch.budget", "a share such as 0.2", "extra origin calls prefetch may make, by demand calls",
            \.prefetch.budget
        ) { SettingValue.share($0) },
        key(
            "prefetch.concurrency", "a number above 0", "prefetches in flight at once", \.prefetch.concurrency
        ) { positive($0) },
        key("limits.connections", "a number above 0", "client connections at once", \.limits.connections) {
            positive($0)
        },
        key(
            "limits.connectionsPerAddress", "none or a number above 0", "connections of one client address at once",
            \.limits.connectionsPerAddress
        ) { $0 == "none" ? .some(nil) : positive($0).map { .some($0) } },
        key(
            "limits.requestsPerConnection", "a number above 0", "requests after which a connection is closed",
            \.limits.requestsPerConnection
        ) { positive($0) },
        key("limits.headTimeout", time, "how long a request head may take to arrive", \.limits.headTimeout) {
            SettingValue.milliseconds($0)
        },
        key("limits.idleTimeout", time, "how long an idle connection is kept", \.limits.idleTimeout) {
            SettingValue.milliseconds($0)
        },
        key("limits.bodyTimeout", time, "how long a client may pause within a body", \.limits.bodyTimeout) {
            SettingValue.milliseconds($0)
        },
        key("limits.drainTimeout", time, "how long requests in flight may take at shutdown", \.limits.drainTimeout) {
            SettingValue.milliseconds($0)
        },
        key("log.access", "off, sampled or all", "which requests are logged", \.log.access) {
            Settings.AccessLogMode(rawValue: $0)
        },
        key("log.format", "json or combined", "how requests are logged", \.log.format) {
            Settings.AccessLogFormat(rawValue: $0)
        },
        key("log.file", "a path", "where requests are logged instead of standard output", \.log.file) { path($0) },
        key(
            "log.level", "trace, debug, info, notice, warning or error", "which of riffle's own messages are shown",
            \.log.level
        ) {
            ["trace", "debug", "info", "notice", "warning", "error"].contains($0) ? $0 : nil
        },
    ]

    /// The known key most like `path`, when one is near enough to be meant.
    package static func nearest(to path: String) -> String? {
        let scored = all.map { ($0.path, distance($0.path.lowercased(), path.lowercased())) }
        guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= max(3, path.count / 2) else { return nil }
        return best.0
    }

    /// Levenshtein distance, O(n·m) over short names.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (line, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in right.indices {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (right[column] == character ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
