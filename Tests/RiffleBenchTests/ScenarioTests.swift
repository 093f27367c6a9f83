import Foundation
import Testing

@testable import RiffleBench

@Suite struct ScenarioTests {
    @Test("options become arguments by their names, lists repeat, flags are true or absent")
    func arguments() throws {
        let scenario = try Scenario(
            yaml: "rate: 2000\ntree: true\nquiet: false\nbudget: [p99<5ms, 'errors<1']\nurls: [/a/, /b/]\n", name: "s")
        #expect(
            scenario.arguments == [
                "--rate=2000", "--tree", "--budget=p99<5ms", "--budget=errors<1", "/a/", "/b/",
            ])
    }

    @Test(
        "what is no scenario is refused with its place",
        arguments: [
            ("", "s: expected"), ("- a", "s: expected"), ("rate: {a: 1}", "s:1:7"), ("a: 1\n--b: 2", "s:2:1"),
            ("a: [[1]]", "s:1:4"), ("scenario: x", "s:1:1"), ("a: 'b", "s: "),
        ])
    func refused(_ yaml: String, _ place: String) throws {
        let failure = #expect(throws: Scenario.Failure.self) { try Scenario(yaml: yaml, name: "s") }
        #expect(failure?.description.hasPrefix(place) == true)
    }

    @Test("what the command line says comes after the file, so that it wins")
    func expanded() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try "rate: 1\nurls: [/x/]\n".write(to: file, atomically: true, encoding: .utf8)
        let given = ["run", "http://h/", "--rate", "2", "--scenario", file.path]
        #expect(try Scenario.expand(given) == ["run", "--rate=1"] + given.dropFirst() + ["/x/"])
        #expect(try Scenario.expand(["compare", "--scenario", "x"]) == ["compare", "--scenario", "x"])
    }
}
