import RiffleInspect
import RiffleTelemetry

/// A small riffle's figures with round numbers.
enum Samples {
    static var snapshot: ProxySnapshot {
        var stats = RequestStats()
        for _ in 0..<980 {
            stats.record(Verdict(.hit, tier: .memory), nanoseconds: 40_000, bytesOut: 1024, status: 200)
        }
        for _ in 0..<20 {
            stats.record(Verdict(.miss, reason: .cold), nanoseconds: 210_000_000, bytesOut: 1024, status: 207)
        }
        var snapshot = ProxySnapshot()
        snapshot.version = "1.0"
        snapshot.dialect = "webdav"
        snapshot.uptimeSeconds = 100
        snapshot.loops = 2
        snapshot.origin = OriginFigures(url: "https://files.example.com", calls: 20, inFlight: 1)
        snapshot.memory = MemoryFigures(entries: 20, bytes: 1 << 20, limit: 256 << 20)
        snapshot.redis = RedisFigures(state: .linked, target: "redis://127.0.0.1:6379", numbers: ["reads": 20])
        snapshot.connections = 3
        snapshot.requests = RequestFigures(stats)
        return snapshot
    }
}
