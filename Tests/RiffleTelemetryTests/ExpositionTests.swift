import RiffleTelemetry
import Testing

@Suite("Exposition")
struct ExpositionTests {
    @Test("a counter's family bears _total only in the older format")
    func formats() {
        func text(_ format: ExpositionWriter.Format) -> String {
            var writer = ExpositionWriter(format)
            writer.family(.originCalls)
            writer.sample(.originCalls, UInt64(7))
            return writer.finish()
        }
        #expect(
            text(.openMetrics) == """
                # TYPE riffle_origin_calls counter
                # HELP riffle_origin_calls Requests sent to the origin.
                riffle_origin_calls_total 7
                # EOF

                """)
        #expect(
            text(.prometheusText) == """
                # TYPE riffle_origin_calls_total counter
                # HELP riffle_origin_calls_total Requests sent to the origin.
                riffle_origin_calls_total 7
                # EOF

                """)
    }

    @Test("label values are escaped")
    func escaping() {
        var writer = ExpositionWriter(.openMetrics)
        writer.sample(.build, labels: ["origin": "a\"b\\c\nd"], UInt64(1))
        #expect(writer.finish() == "riffle_build_info{origin=\"a\\\"b\\\\c\\nd\"} 1\n# EOF\n")
    }

    @Test("buckets are cumulative and end in all")
    func buckets() {
        var histogram = Histogram()
        for value: UInt64 in [1_000, 60_000, 2_000_000, 100_000_000_000] { histogram.record(value) }
        var writer = ExpositionWriter(.openMetrics)
        writer.histogram(.duration, outcome: .hit, tier: .memory, histogram)
        let counts = writer.finish().split(separator: "\n").filter { $0.contains("_bucket") }
            .compactMap { $0.split(separator: " ").last.flatMap { UInt64($0) } }
        #expect(counts == counts.sorted())
        #expect(counts.first == 1)
        #expect(counts.suffix(2) == [3, 4])
    }

    @Test("every metric is named by the rules", arguments: MetricDefinition.all)
    func names(metric: MetricDefinition) {
        #expect(metric.name.hasPrefix("riffle_"))
        #expect(metric.name.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) })
        #expect(!metric.name.hasSuffix("_total"))
        #expect(metric.help.hasSuffix("."))
        if let unit = metric.unit { #expect(metric.name.hasSuffix("_" + unit.rawValue)) }
    }

    @Test("no name is used twice")
    func unique() {
        #expect(Set(MetricDefinition.all.map(\.name)).count == MetricDefinition.all.count)
    }
}
