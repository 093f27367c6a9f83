import RiffleInspect
import RiffleTelemetry
import Testing

@Suite("What cache-inspect shows")
struct ViewTests {
    @Test("stat lines up figures, rates since the start, and reasons")
    func stat() {
        #expect(
            StatView(Samples.snapshot).lines().joined(separator: "\n") == """
                riffle 1.0 · webdav · https://files.example.com · up 1m40s · 2 loops

                outcome  tier    requests   share    rate     p50     p99     max
                hit      memory       980  98.0 %  9.80/s  40.0µs  40.0µs  40.0µs
                miss     origin        20   2.0 %  0.20/s   210ms   210ms   210ms
                all                 1,000          10.0/s

                why not from the cache
                miss     cold          20  0.20/s

                memory       20 entries, 1.00 MiB of 256 MiB (0.4 %), 0 evicted
                redis        linked redis://127.0.0.1:6379, reads 20
                origin       20 calls 0.20/s, 1 in flight, 0 failed
                prefetch     off
                clients      3 connections, 0 fills in flight
                """)
    }

    @Test("stat tells what each tenant holds, with its bounds")
    func tenants() {
        var snapshot = Samples.snapshot
        snapshot.memory.tenants = [
            TenantFigures(path: "/a/", bytes: 1 << 20, floor: 2 << 20, ceiling: 4 << 20, evictions: 3),
            TenantFigures(path: "/b\u{1B}/", bytes: 0, floor: 0, ceiling: 4 << 20, evictions: 0),
        ]
        let lines = StatView(snapshot).lines()
        #expect(lines.contains("tenant       /a/ 1.00 MiB, floor 2.00 MiB, ceiling 4.00 MiB, 3 evicted"))
        #expect(
            lines.contains { $0.hasPrefix("tenant       /b") && $0.hasSuffix("/ 0 B, ceiling 4.00 MiB, 0 evicted") })
        #expect(!lines.joined().contains("\u{1B}"))
    }

    @Test("with an earlier look, rates are of the time between")
    func rates() {
        var later = Samples.snapshot
        later.uptimeSeconds += 2
        later.origin.calls += 50
        #expect(StatView(later, since: Samples.snapshot).lines().contains { $0.contains("70 calls 25.0/s") })
    }

    @Test("a look at an earlier process gives no rate of change")
    func restarted() {
        var earlier = Samples.snapshot
        earlier.uptimeSeconds = 5000
        #expect(StatView(Samples.snapshot, since: earlier).lines() == StatView(Samples.snapshot).lines())
    }

    @Test("the histogram marks cache answers | and those that waited #")
    func histogram() {
        let lines = HistogramView(Samples.snapshot.requests, width: 50, height: 4).lines()
        #expect(
            lines.joined(separator: "\n") == """
                    |
                    |
                    |
                    |                         #
                +------+------+------+------+------+------+------
                10µs   100µs  1ms    10ms   100ms  1s     10s

                | from the cache (hit, stale, derived): 980
                # waited for the origin (all others): 20

                outcome  tier    requests     p50     p90     p99   p99.9     max
                hit      memory       980  40.0µs  40.0µs  40.0µs  40.0µs  40.0µs
                miss     origin        20   210ms   210ms   210ms   210ms   210ms
                """)
    }

    @Test("no drawing is wider than the terminal", arguments: [1, 40, 79, 80, 200, 10_000])
    func width(columns: Int) {
        let lines = HistogramView(Samples.snapshot.requests, width: columns).lines().prefix(14)
        #expect(lines.allSatisfy { $0.count <= min(max(columns, HistogramView.leastWidth), 400) })
    }

    @Test("hottest folders are a table, and a name can't drive the terminal")
    func top() {
        let folders = [
            HotFolder(
                path: "/dav/Projects/", hits: 1200, bytes: 4096, ageSeconds: 5, ttlSeconds: 55, principal: "0a1b2c3d"),
            HotFolder(path: "/dav/\u{1B}[31m/", hits: 3, bytes: 100, ageSeconds: 90, ttlSeconds: -1, prefetched: true),
        ]
        #expect(
            HotFolder.lines(folders).joined(separator: "\n") == """
                 hits     bytes    age    ttl  for       folder
                1,200  4.00 KiB     5s    55s  0a1b2c3d  /dav/Projects/
                    3     100 B  1m30s  stale  everyone  /dav/\\u{1b}[31m/  (prefetched)
                """)
        #expect(HotFolder.lines([]) == ["no folder is held in memory"])
    }

    @Test("an explanation says verdict, sentences, key and tiers")
    func explanation() {
        let explanation = Explanation(
            outcome: .hit, tier: .memory, prefetched: true, sentences: ["PROPFIND with Depth 1 lists /dav/."],
            key: [.init("folder", "/dav/")], generation: "17",
            tiers: [.init(tier: .memory, holding: .fresh, ageSeconds: 3, ttlSeconds: 57, bytes: 2048)])
        #expect(
            explanation.lines().joined(separator: "\n") == """
                hit (memory, prefetched)

                  PROPFIND with Depth 1 lists /dav/.

                folder      /dav/
                generation  17

                memory      fresh, age 3s, ttl 57s, 2.00 KiB
                """)
    }

    @Test("a purge says what it did or would do")
    func purge() {
        var report = PurgeReport(
            path: "/dav/", recursive: true, dryRun: true, memoryEntries: 1, memoryBytes: 10, redis: .untouched)
        #expect(
            report.lines() == [
                "would purge /dav/ and everything below it: 1 entry in memory, 10 B", "redis: left as it is",
            ])
        report.dryRun = false
        report.redis = .unavailable
        report.peersKnown = 2
        report.peersAcknowledged = 1
        #expect(report.lines().last == "peers: 1 of 2 acknowledged")
    }

    @Test("colour only where there is a terminal")
    func colour() {
        #expect(!StatView(Samples.snapshot).lines(.none).joined().contains("\u{1B}"))
        #expect(StatView(Samples.snapshot).lines(Ink(coloured: true)).joined().contains("\u{1B}["))
    }

    @Test(
        "durations have three digits",
        arguments: [
            (0, "0ns"), (999, "999ns"), (1000, "1.00µs"), (12_340, "12.3µs"), (999_499, "999µs"), (999_500, "1.00ms"),
            (59_900_000_000, "59.9s"), (200_000_000_000, "3m20s"),
        ] as [(UInt64, String)])
    func durations(nanoseconds: UInt64, text: String) {
        #expect(Figures.duration(nanoseconds: nanoseconds) == text)
    }
}
