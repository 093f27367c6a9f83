import RiffleCache
import Testing

@testable import RiffleProxy

@Suite("Tenants in the configuration file")
struct TenantsFileTests {
    private func load(_ tenants: String, memory: String = "1MiB") throws(ConfigurationErrors) -> Settings {
        var loader = SettingsLoader()
        loader.file = ("riffle.yaml", "origin:\n  url: http://a\ncache:\n  memory: \(memory)\n\(tenants)")
        return try loader.load()
    }

    @Test("are read with their bounds, in canonical spelling")
    func read() throws {
        let settings = try load(
            "tenants:\n  - path: /t%65ams/%c3%a4/\n    floor: 64KiB\n    ceiling: 128KiB\n"
                + "  - path: /\n    ceiling: 512KiB\n  - path: /a/\n    floor: 4KiB\n")
        #expect(
            settings.tenants == [
                Tenant(path: Array("/teams/%C3%A4/".utf8), floor: 64 << 10, ceiling: 128 << 10),
                Tenant(path: Array("/".utf8), ceiling: 512 << 10), Tenant(path: Array("/a/".utf8), floor: 4 << 10),
            ])
    }

    @Test("may be left empty")
    func empty() throws {
        #expect(try load("tenants:\n").tenants == [])
        #expect(try load("tenants: []\n").tenants == [])
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let tenants: String
        let place: String
        let words: String
        var testDescription: String { words }
    }

    @Test(
        "with a mistake are told with line and column",
        arguments: [
            Mistake(tenants: "tenants: 3\n", place: "5:10", words: "takes a list"),
            Mistake(tenants: "tenants:\n  - 3\n", place: "6:5", words: "begins with `path:`"),
            Mistake(tenants: "tenants:\n  - floor: 1KiB\n", place: "6:5", words: "needs a `path`"),
            Mistake(tenants: "tenants:\n  - path: /a/\n", place: "6:5", words: "needs a `floor` or a `ceiling`"),
            Mistake(tenants: "tenants:\n  - path: /a/\n    flor: 1KiB\n", place: "7:5", words: "a tenant has"),
            Mistake(tenants: "tenants:\n  - path: /a\n    floor: 1KiB\n", place: "6:11", words: "is no folder"),
            Mistake(tenants: "tenants:\n  - path: a/\n    floor: 1KiB\n", place: "6:11", words: "is no folder"),
            Mistake(tenants: "tenants:\n  - path: /a/../\n    floor: 1KiB\n", place: "6:11", words: "is no folder"),
            Mistake(tenants: "tenants:\n  - path: [/a/]\n    floor: 1KiB\n", place: "6:11", words: "takes one value"),
            Mistake(tenants: "tenants:\n  - path: /a/\n    floor: much\n", place: "7:12", words: "takes a size"),
            Mistake(
                tenants: "tenants:\n  - path: /a/\n    floor: 2KiB\n    ceiling: 1KiB\n", place: "7:12",
                words: "is above the `ceiling`"),
            Mistake(
                tenants: "tenants:\n  - path: /a/\n    floor: 2KiB\n  - path: /%61/\n    floor: 1KiB\n", place: "8:11",
                words: "the path of another tenant"),
        ])
    func mistakes(mistake: Mistake) {
        let found = #expect(throws: ConfigurationErrors.self) { try load(mistake.tenants) }
        let texts = found?.errors.map(\.description) ?? []
        #expect(texts.count == 1)
        #expect(texts.first?.hasPrefix("riffle.yaml:\(mistake.place): ") == true, "\(texts)")
        #expect(texts.first?.contains(mistake.words) == true, "\(texts)")
    }

    @Test("may not promise more than there is, and are not without number")
    func bounds() {
        let floors = "tenants:\n  - path: /a/\n    floor: 600KiB\n  - path: /b/\n    floor: 600KiB\n"
        let tooMuch = #expect(throws: ConfigurationErrors.self) { try load(floors) }
        #expect(tooMuch?.errors.map(\.description).first?.contains("more than `cache.memory`") == true)
        #expect(throws: Never.self) { try load(floors, memory: "2MiB") }
        let many = (0...MemoryTier.mostTenants).map { "  - path: /\($0)/\n    floor: 1KiB\n" }.joined()
        let tooMany = #expect(throws: ConfigurationErrors.self) { try load("tenants:\n" + many) }
        #expect(tooMany?.errors.map(\.description).first?.contains("more than 64 tenants") == true)
    }
}
