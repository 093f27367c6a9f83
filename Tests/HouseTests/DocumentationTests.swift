import Testing

@Suite("What is written about riffle is so")
struct DocumentationTests {
    /// The key paths of the settings, as SettingKey lists them.
    static var settings: Set<String> {
        let text = House.read("Sources/RiffleProxy/Settings/SettingKey.swift")
        return Set(text.matches(of: #/\bkey\(\s*"([A-Za-z0-9.]+)"/#).map { String($0.1) })
    }

    /// The key paths of the documented file; settings without a default are there as comments.
    static var documented: Set<String> {
        var found: Set<String> = []
        var section = ""
        for line in House.read("Configs/riffle.yaml").split(separator: "\n") {
            if let match = line.wholeMatch(of: #/([A-Za-z0-9]+):\s*/#) {
                section = String(match.1)
            } else if let match = line.prefixMatch(of: #/(  )?(# )?([a-z][A-Za-z0-9]*): \S/#) {
                if match.1 == nil { section = "" }
                found.insert((section.isEmpty ? "" : section + ".") + match.3)
            }
        }
        return found
    }

    @Test("every setting stands in Configs/riffle.yaml, and nothing else does")
    func settingsAreDocumented() {
        #expect(Self.settings.count > 20)
        #expect(Self.settings.subtracting(Self.documented).isEmpty)
        #expect(Self.documented.subtracting(Self.settings).isEmpty)
    }
}
