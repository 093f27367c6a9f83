import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import RiffleAdmin
import RiffleInspect
import RiffleTelemetry
import ServiceLifecycle

/// A data plane that gives fixed answers.
struct FakeRiffle: ProxyInspection {
    var ready = Readiness.ready

    func snapshot() async -> ProxySnapshot {
        var stats = RequestStats()
        stats.record(Verdict(.hit, tier: .memory), nanoseconds: 40_000, bytesOut: 1024, status: 200)
        var snapshot = ProxySnapshot()
        snapshot.version = "test"
        snapshot.requests = RequestFigures(stats)
        snapshot.redis.numbers = ["reads": 5]
        return snapshot
    }

    func readiness() async -> Readiness { ready }

    func top(_ query: TopQuery) async -> [HotFolder] {
        (0..<min(query.limit, 3)).map {
            HotFolder(path: "/<b>\($0)/", hits: 1, bytes: 1, ageSeconds: 0, ttlSeconds: 1)
        }
    }

    func explain(_ query: ExplainQuery) async -> Explanation {
        Explanation(outcome: .miss, tier: .origin, reason: .cold, sentences: ["\(query.method) \(query.target)"])
    }

    func purge(_ request: PurgeRequest) async -> PurgeReport {
        PurgeReport(path: request.path, recursive: request.recursive, dryRun: request.dryRun, memoryEntries: 2)
    }
}

extension FakeRiffle {
    func changed(_ news: ChangeNews) async -> ChangeReceipt { ChangeReceipt(applied: news.changes.count) }
    func changed(event document: [UInt8]) async -> ChangeReceipt? { document.isEmpty ? nil : ChangeReceipt(applied: 1) }
}

/// What came back from the admin API.
struct Answer: Sendable {
    var status: Int
    var fields: [String: String]
    var body: String
}

/// Asks one running admin server.
struct Admin: Sendable {
    let address: AdminAddress
    let base: String

    func ask(_ method: String, _ path: String, _ fields: [String: String] = [:], body: String? = nil) async throws
        -> Answer
    {
        var request = HTTPClientRequest(url: base + path)
        request.method = .init(rawValue: method)
        for (name, value) in fields { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        let fields = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        return Answer(status: Int(response.status.code), fields: fields, body: String(buffer: bytes))
    }
}

/// Runs `body` against an admin server that is shut down gracefully afterwards.
func withAdmin(
    _ address: AdminAddress = .tcp(host: "127.0.0.1", port: 0), riffle: FakeRiffle = FakeRiffle(), token: String? = nil,
    feedToken: String? = nil, _ body: @Sendable (Admin) async throws -> Void
) async throws {
    var log = Logger(label: "admin")
    log.logLevel = .critical
    let server = try AdminServer(address: address, inspection: riffle, token: token, feedToken: feedToken, log: log)
    let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: log))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        if let bound = await server.listening() {
            let base =
                switch bound {
                case .tcp: "http://\(bound)"
                case .unix(let path): "http+unix://" + path.split(separator: "/").map { "%2F" + $0 }.joined()
                }
            do { try await body(Admin(address: bound, base: base)) } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}
