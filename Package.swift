// swift-tools-version: 6.2
import PackageDescription

// Every target of our own: Swift 6 mode, warnings as errors, and imports that say what they lend on.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Debug builds and tests check exclusive access while running; the release's hits don't pay for it.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

// The few third-party products, named once.
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let hdr: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "riffle",
    products: [
        .executable(name: "riffle", targets: ["riffle"]),
        .executable(name: "riffle-perf", targets: ["riffle-perf"]),
        .executable(name: "cache-inspect", targets: ["cache-inspect"]),
        .executable(name: "slow-origin", targets: ["slow-origin"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        // `riffle check` needs line and column of every key; swift-configuration's YAML provider drops them.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Floor 0: system libraries.
        // No pkgConfig for hiredis: Debian's file carries a flag that the package manager refuses; the module map links it.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CTLS", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

        // Floor 1: values and pure rules.
        module("RiffleTelemetry", []),
        module("RiffleHTTP", ["CZlib", nioCore, nioHTTP1]),
        module("RiffleHTTP2", []),
        module("RiffleCache", ["COpenSSL", nioCore]),
        module("RiffleSigning", ["COpenSSL"]),

        // Floor 2: what riffle knows about folders, Redis, the next click, and looking inside.
        module("RiffleListings", ["RiffleHTTP", "RiffleSigning"]),
        module(
            "RiffleRedis",
            ["CHiredis", "COpenSSL", "RiffleCache", nioCore, nioPosix, nioSSL, logging]),
        module("RifflePrefetch", ["RiffleCache"]),
        module("RiffleInspect", ["RiffleTelemetry", nioCore, nioPosix, nioHTTP1, httpClient]),

        // Floor 3: the data plane, the admin plane, the perf runner, the origin for demos and tests.
        module(
            "RiffleProxy",
            [
                "RiffleTelemetry", "RiffleHTTP", "RiffleHTTP2", "RiffleCache", "RiffleSigning", "RiffleListings",
                "RiffleRedis", "RifflePrefetch", "RiffleInspect",
                nioCore, nioPosix, nioHTTP1, nioHTTP2, nioTLS, nioSSL, httpClient, logging, configuration, yams,
                lifecycle, heap,
            ]),
        module("RiffleAdmin", ["RiffleInspect", "RiffleTelemetry", hummingbird, nioCore, logging, lifecycle]),
        module("RiffleBench", ["CEpoll", "CTLS", "RiffleTelemetry", "RiffleCache", nioCore, nioHPACK, hdr, yams]),
        module(
            "SlowOrigin",
            ["COpenSSL", hummingbird, httpClient, nioCore, nioPosix, nioHTTP1, logging, lifecycle, signals]),

        // Floor 4: the programs.
        program("riffle", ["RiffleProxy", "RiffleAdmin", nioCore, arguments, logging, lifecycle, signals]),
        program("riffle-perf", ["RiffleBench", arguments]),
        program("cache-inspect", ["RiffleInspect", "RiffleRedis", arguments]),
        program("slow-origin", ["SlowOrigin", arguments, logging, lifecycle, signals]),

        // Micro-benchmarks: what one operation takes of time and heap. No benchmark package: without an allocator of its own
        // it counts no allocations, and everybody's first build would take half a minute longer.
        .target(name: "CAllocations", path: "Perf/CAllocations"),
        .executableTarget(
            name: "riffle-micro",
            dependencies: [
                "CAllocations", "RiffleTelemetry", "RiffleHTTP", "RiffleCache", "RiffleListings", nioCore, nioHTTP1,
            ],
            path: "Perf/Micro", swiftSettings: strict),

        tests("RiffleTelemetryTests", ["RiffleTelemetry"]),
        tests("RiffleHTTPTests", ["RiffleHTTP", nioCore, nioHTTP1]),
        tests("RiffleHTTP2Tests", ["RiffleHTTP2", nioCore, nioHPACK]),
        tests("RiffleCacheTests", ["RiffleCache", nioCore]),
        tests("RiffleSigningTests", ["RiffleSigning"]),
        tests("RiffleListingsTests", ["RiffleListings", "RiffleHTTP"]),
        tests("RiffleRedisTests", ["RiffleRedis", "RiffleCache", nioCore, nioPosix, nioEmbedded, logging]),
        tests("RifflePrefetchTests", ["RifflePrefetch", "RiffleCache"]),
        tests("RiffleInspectTests", ["RiffleInspect", "RiffleTelemetry"]),
        tests(
            "RiffleProxyTests",
            [
                "RiffleProxy", "RiffleHTTP", "RiffleHTTP2", "RiffleCache", "RiffleBench", "RiffleTelemetry",
                "RiffleListings", "RiffleInspect", "SlowOrigin", nioCore,
                nioPosix, nioHTTP1, nioHTTP2, nioHPACK, nioSSL, nioEmbedded, httpClient, logging, lifecycle,
            ]),
        tests(
            "RiffleAdminTests",
            ["RiffleAdmin", "RiffleInspect", "RiffleTelemetry", httpClient, nioCore, nioHTTP1, logging, lifecycle]),
        tests("RiffleBenchTests", ["RiffleBench", "RiffleTelemetry", nioCore, nioPosix, nioHPACK]),
        tests("SlowOriginTests", ["SlowOrigin", httpClient, nioCore, nioHTTP1]),
        tests("HouseTests", []),
        tests("IntegrationTests", ["SlowOrigin", "RiffleInspect", httpClient, nioCore, nioPosix, nioHTTP1]),
    ]
)

// `RIFFLE_SANITIZE=RiffleCache swift test --sanitize thread --scratch-path .build/thread` builds and tests one module with
// what it stands on: a sanitizer needs everything built anew, which for the whole would take each commit minutes.
if let only = Context.environment["RIFFLE_SANITIZE"] {
    func standsOn(_ name: String) -> Set<String> {
        let target = package.targets.first { $0.name == name }
        return (target?.dependencies ?? []).reduce(into: [name]) { names, dependency in
            if case .byNameItem(let below, _) = dependency { names.formUnion(standsOn(below)) }
        }
    }
    let kept = standsOn("\(only)Tests")
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll()
    for target in package.targets where target.type != .system { target.swiftSettings?.append(.define("SANITIZED")) }
}
