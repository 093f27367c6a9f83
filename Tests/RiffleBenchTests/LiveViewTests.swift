import Testing

@testable import RiffleBench

@Suite struct LiveViewTests {
    @Test("hits and the rest stand on one scale, and no line is wider than the terminal")
    func view() {
        var reading = Progress.Reading()
        reading.answered = 90
        reading.done = 0.5
        reading.hits[Timeline.cell(50_000)] = 80
        reading.others[Timeline.cell(200_000_000)] = 10
        let lines = LiveView.render(reading, rate: 1_234, width: 60)
        #expect(lines.count == LiveView.height + 2)
        #expect(lines.allSatisfy { $0.count <= 60 })
        #expect(lines[0].hasPrefix("[=======") && lines[0].contains("1234/s  90 answers"))
        #expect(lines[1...LiveView.height].allSatisfy { $0.hasPrefix("|") })
        #expect(lines[LiveView.height].contains("#"))
        #expect(!lines[1].contains("#"))
    }

    @Test("before the first answer there are figures only")
    func empty() {
        #expect(LiveView.render(Progress.Reading(), rate: 0, width: 5).count == 1)
    }
}
