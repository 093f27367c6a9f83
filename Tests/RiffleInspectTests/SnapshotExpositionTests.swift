import RiffleInspect
import RiffleTelemetry
import Testing

@Suite("A snapshot as metrics")
struct SnapshotExpositionTests {
    @Test(
        "every defined metric appears once, each sample under its family", arguments: ExpositionWriter.Format.allCases)
    func complete(format: ExpositionWriter.Format) {
        let lines = Samples.snapshot.exposition(format).split(separator: "\n")
        let families = lines.filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) }
        #expect(families.count == MetricDefinition.all.count)
        #expect(Set(families).count == families.count)
        var family = ""
        for line in lines {
            if line.hasPrefix("# TYPE ") { family = String(line.split(separator: " ")[2]) }
            guard !line.hasPrefix("#") else { continue }
            #expect(line.hasPrefix(family))
            #expect(line.split(separator: " ").last.flatMap { Double($0) } != nil, "\(line)")
        }
        #expect(lines.last == "# EOF")
    }

    @Test("requests carry outcome, tier, reason and prefetch")
    func requests() {
        let text = Samples.snapshot.exposition(.openMetrics)
        for line in [
            #"riffle_requests_total{outcome="hit",tier="memory",reason="",prefetched="no"} 980"#,
            #"riffle_requests_total{outcome="miss",tier="origin",reason="cold",prefetched="no"} 20"#,
            #"riffle_request_duration_seconds_bucket{outcome="hit",tier="memory",le="5e-05"} 980"#,
            #"riffle_request_duration_seconds_count{outcome="miss",tier="origin"} 20"#,
            #"riffle_redis_state{state="linked"} 1"#, #"riffle_responses_total{class="2xx"} 1000"#,
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
    }

    @Test("tenants stand under their paths")
    func tenants() {
        var snapshot = Samples.snapshot
        snapshot.memory.tenants = [
            TenantFigures(path: "/teams/a/", bytes: 4_096, floor: 1 << 20, ceiling: nil, evictions: 3)
        ]
        let text = snapshot.exposition(.openMetrics)
        #expect(text.contains("\nriffle_tenant_used_bytes{tenant=\"/teams/a/\"} 4096.0\n"))
        #expect(text.contains("\nriffle_tenant_evictions_total{tenant=\"/teams/a/\"} 3\n"))
    }
}
