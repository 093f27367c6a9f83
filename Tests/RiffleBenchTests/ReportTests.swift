import Foundation
import RiffleTelemetry
import Testing

@testable import RiffleBench

@Suite struct ReportTests {
    private func result() -> LoadRun.Result {
        var result = LoadRun.Result()
        result.seconds = 1
        for number in 1...3000 {
            result.recorder.answer(
                OutcomeLabel(.hit, tier: .memory), status: 200, planned: UInt64(number) * 3000,
                raw: UInt64(number) * 1000)
        }
        return result
    }

    @Test("a page shows names as text, loads nothing and runs nothing")
    func page() {
        let report = RunReport(result(), target: "http://h/<script>alert('x')</script>", model: "a & b", open: true)
        let page = HTMLReport.render([.run(title: "\"><img src=x>", report)])
        for forbidden in ["<script", "<img", "src=", "http-equiv", "@import", "url("] {
            #expect(!page.replacing("src=x&gt;", with: "").contains(forbidden))
        }
        #expect(page.contains("a &amp; b"))
        #expect(page.contains("<polyline"))
    }

    @Test("XML of a verdict is escaped and counted")
    func junit() {
        let text = JUnit.render(
            suite: "s", seconds: 1,
            [.init("p99<5ms", .failed("\"7\" ms")), .init("ok", .passed), .init("v", .error("e"))])
        #expect(text.contains("tests=\"3\" failures=\"1\" errors=\"1\""))
        #expect(text.contains("name=\"p99&lt;5ms\"><failure message=\"&quot;7&quot; ms\"/>"))
        #expect(isBalanced(text))
    }

    private func isBalanced(_ text: String) -> Bool {
        text.matches(of: /<testcase[^>]*[^\/]>/).count == text.matches(of: /<\/testcase>/).count
    }

    @Test(
        "where HdrHistogram keeps a value", arguments: [(0, 0), (2047, 2047), (2048, 2048), (2049, 2048), (4096, 3072)])
    func index(_ value: UInt64, _ index: Int) { #expect(HistogramLog.countsIndex(value) == index) }

    @Test("a histogram log names each outcome once for each latency, in the published encoding")
    func log() throws {
        let lines = HistogramLog.render(result(), started: Date(timeIntervalSince1970: 5), open: true)
            .split(separator: "\n")
        #expect(
            lines.filter { $0.hasPrefix("Tag=") }.map { $0.prefix { $0 != "," } } == [
                "Tag=all.planned", "Tag=all.raw", "Tag=hit-memory.planned", "Tag=hit-memory.raw",
            ])
        // Every V2 log begins with these letters: the cookie and the upper half of a length.
        #expect(lines.last?.split(separator: ",").last?.hasPrefix("HISTFAAA") == true)
    }
}
