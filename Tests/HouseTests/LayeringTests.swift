import Testing

@Suite("Imports point downward")
struct LayeringTests {
    /// The floors of the house; a target may import only what stands below it.
    static let floors: [String: Int] = [
        "CHiredis": 0, "COpenSSL": 0, "CZlib": 0,
        "RiffleTelemetry": 1, "RiffleHTTP": 1, "RiffleHTTP2": 1, "RiffleCache": 1, "RiffleSigning": 1,
        "RiffleListings": 2, "RiffleRedis": 2, "RifflePrefetch": 2, "RiffleInspect": 2,
        "RiffleProxy": 3, "RiffleAdmin": 3, "RiffleBench": 3, "SlowOrigin": 3,
        "riffle": 4, "riffle-perf": 4, "cache-inspect": 4, "slow-origin": 4,
    ]

    /// Apart from each other whatever their floor: a mistake must not hide on both sides, a tool must not link a server.
    static let apart: [String: Set<String>] = [
        "SlowOrigin": ["RiffleHTTP", "RiffleListings", "RiffleCache", "RiffleRedis", "RiffleSigning"],
        "slow-origin": ["RiffleHTTP", "RiffleListings", "RiffleProxy"],
        "cache-inspect": ["RiffleProxy", "RiffleAdmin"],
        "RiffleInspect": ["RiffleCache", "RiffleListings", "RiffleRedis"],
    ]

    static func imports(_ file: House.File) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at <= 2, words.count > at + 1,
                words[..<at].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "package" || $0 == "internal" })
            else { return nil }
            // `import struct Module.Name`
            let last = words[words.count - 1]
            return last.split(separator: ".").first.map(String.init)
        }
    }

    @Test("every target has a floor")
    func everyTargetHasAFloor() {
        let targets = Set(House.files("Sources").map(\.target))
        #expect(!targets.isEmpty)
        #expect(targets.subtracting(Self.floors.keys).isEmpty)
    }

    @Test("no file imports a module of its own floor or above")
    func downward() {
        for file in House.files("Sources") {
            let floor = Self.floors[file.target] ?? 0
            for name in Self.imports(file) where name != file.target {
                if let other = Self.floors[name] { #expect(other < floor, "\(file.path) imports \(name)") }
                #expect(Self.apart[file.target]?.contains(name) != true, "\(file.path) imports \(name)")
            }
        }
    }

    @Test("the pure rules know no sockets, event loops or clocks of a server")
    func pure() {
        let banned: Set<String> = ["NIOPosix", "AsyncHTTPClient", "Hummingbird", "NIOSSL", "Foundation"]
        for file in House.files("Sources")
        where [
            "RiffleHTTP", "RiffleHTTP2", "RiffleCache", "RiffleListings", "RiffleSigning", "RiffleTelemetry",
            "RifflePrefetch",
        ].contains(file.target) {
            for name in Self.imports(file) { #expect(!banned.contains(name), "\(file.path) imports \(name)") }
        }
    }
}
