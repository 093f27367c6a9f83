import Testing

@testable import RiffleProxy

@Suite("Settings")
struct SettingsTests {
    private func load(
        _ yaml: String = "", environment: [String: String] = [:], options: [(String, String)] = []
    ) throws(ConfigurationErrors) -> Settings {
        var loader = SettingsLoader()
        loader.file = ("riffle.yaml", yaml)
        loader.environment = environment
        loader.options = options.map { (path: $0.0, value: $0.1, place: "--set \($0.0)") }
        return try loader.load()
    }

    private func mistakes(_ yaml: String, options: [(String, String)] = []) -> [String] {
        do {
            _ = try load(yaml, options: options)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test("an origin alone is enough")
    func originAlone() throws {
        let settings = try load("origin:\n  url: https://files.example.com\n")
        #expect(settings.origin.url.description == "https://files.example.com")
        #expect(settings.cache.memory == 256 << 20)
        #expect(settings.redis.budget == 20_000)
        #expect(settings.prefetch.enabled)
    }

    @Test("options beat the environment, the environment beats the file")
    func precedence() throws {
        let yaml = "origin: {url: http://a}\ncache: {memory: 1MiB, defaultTTL: 1s, vouchTTL: 1s}\n"
        let settings = try load(
            yaml, environment: ["RIFFLE_CACHE_MEMORY": "2MiB", "RIFFLE_CACHE_DEFAULT_TTL": "2s"],
            options: [("cache.memory", "3MiB")])
        #expect(settings.cache.memory == 3 << 20)
        #expect(settings.cache.defaultTTL == 2_000)
        #expect(settings.cache.vouchTTL == 1_000)
    }

    @Test("the cache's scope and heuristic life are as given, and listings only without a guess by default")
    func scope() throws {
        let unset = try load(options: [("origin.url", "http://a")])
        #expect(unset.cache.scope == .listings)
        #expect(unset.cache.heuristicTTL == nil)
        let given = try load(
            options: [("origin.url", "http://a"), ("cache.scope", "all"), ("cache.heuristicTTL", "10m")])
        #expect(given.cache.scope == .all)
        #expect(given.cache.heuristicTTL == 600_000)
        let none = try load(options: [("origin.url", "http://a"), ("cache.heuristicTTL", "none")])
        #expect(none.cache.heuristicTTL == nil)
    }

    @Test("the later of two options counts")
    func laterOption() throws {
        let settings = try load(options: [("origin.url", "http://a"), ("loops", "1"), ("loops", "3")])
        #expect(settings.loops == .count(3))
    }

    @Test(
        "each mistake names its place and the remedy",
        arguments: [
            (
                "origin: {url: http://a}\ncache:\n  memry: 1GiB\n",
                "riffle.yaml:3:3: unknown setting `cache.memry`; did you mean `cache.memory`?"
            ),
            (
                "origin: {url: http://a}\ncache:\n  memory: lots\n",
                "riffle.yaml:3:11: `cache.memory` takes a size such as 64KiB or 256MiB"
            ),
            (
                "origin: {url: ftp://a}\n",
                "riffle.yaml:1:15: `origin.url` takes a URL such as https://files.example.com"
            ),
            (
                "origin: {url: http://a}\nredis: {budget: 20}\n",
                "riffle.yaml:2:17: `redis.budget` takes a time such as 20ms, 60s or 5m"
            ),
            ("origin: {url: http://a}\nlisten: nowhere\n", "riffle.yaml:2:9: `listen` takes HOST:PORT or unix:PATH"),
            ("cache: {memory: 1GiB}\n", "riffle.yaml: no origin; give --origin URL or `origin.url`"),
        ])
    func placeAndRemedy(yaml: String, expected: String) {
        #expect(mistakes(yaml) == [expected])
    }

    @Test("all mistakes are said at once")
    func allAtOnce() {
        let found = mistakes("origin: {url: http://a}\nlisten: x\nloops: 0\nnonsense: 1\n")
        #expect(found.count == 3)
    }

    @Test("what is no YAML is named by line and column")
    func syntax() {
        #expect(mistakes("origin: {url: http://a\n").first?.hasPrefix("riffle.yaml:") == true)
    }

    @Test("an unknown option names its nearest key")
    func unknownOption() {
        let found = mistakes("origin: {url: http://a}\n", options: [("cache.memroy", "1GiB")])
        #expect(found == ["--set cache.memroy: unknown setting `cache.memroy`; did you mean `cache.memory`?"])
    }

    @Test(
        "sizes", arguments: [("4096", 4_096), ("64KiB", 65_536), ("1.5 MiB", 1_572_864), ("1GB", 1_000_000_000)])
    func sizes(text: String, expected: Int) {
        #expect(SettingValue.bytes(text) == expected)
    }

    @Test("what is no size is refused", arguments: ["", "-1", "1QB", "KiB", "1e999GiB", "9999999999TiB"])
    func noSizes(text: String) {
        #expect(SettingValue.bytes(text) == nil)
    }

    @Test(
        "times", arguments: [("20ms", 20_000), ("1.5s", 1_500_000), ("5m", 300_000_000), ("0", 0)] as [(String, Int64)])
    func times(text: String, expected: Int64) {
        #expect(SettingValue.microseconds(text) == expected)
    }

    @Test("what is no time is refused", arguments: ["", "20", "-1s", "1y", "s"])
    func noTimes(text: String) {
        #expect(SettingValue.microseconds(text) == nil)
    }

    @Test(
        "addresses",
        arguments: [
            ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8_080)),
            ("[::1]:0", .tcp(host: "::1", port: 0)), (":80", .tcp(host: "0.0.0.0", port: 80)),
            ("unix:/run/riffle.sock", .unix(path: "/run/riffle.sock")),
        ])
    func addresses(text: String, expected: ListenAddress) {
        #expect(ListenAddress(text) == expected)
    }

    @Test("what is no address is refused", arguments: ["", "8080", "host:", "host:70000", "::1:80", "unix:relative"])
    func noAddresses(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test("environment names follow the key path")
    func environmentNames() {
        let names = SettingKey.all.map(\.environmentName)
        #expect(names.contains("RIFFLE_CACHE_DEFAULT_TTL"))
        #expect(names.contains("RIFFLE_ORIGIN_URL"))
        #expect(Set(names).count == names.count)
    }
}
