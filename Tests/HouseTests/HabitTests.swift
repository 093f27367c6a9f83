import Testing

@Suite("Habits of the code")
struct HabitTests {
    /// Line by line without comments and string literals, which may speak of anything.
    static func code(_ line: Substring) -> String {
        var code = ""
        var quoted = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" { quoted.toggle() }
            if character == "/", previous == "/", !quoted { return String(code.dropLast()) }
            if !quoted { code.append(character) }
            previous = character
        }
        return code
    }

    @Test("nothing in Sources can crash on purpose or by a forced value")
    func bannedCalls() {
        let banned = ["try!", "fatalError(", "as! ", "preconditionFailure("]
        for file in House.files("Sources") {
            for (number, line) in file.lines.enumerated() {
                let code = Self.code(line)
                for call in banned { #expect(!code.contains(call), "\(file.path):\(number + 1): \(call)") }
            }
        }
    }

    @Test(
        "where the compiler is told to trust, a comment beside or above says why it may",
        arguments: ["Sources", "Tests"])
    func explainedTrust(folder: String) {
        for file in House.files(folder) {
            let lines = file.lines
            for (number, line) in lines.enumerated() {
                let code = Self.code(line)
                guard code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)") else { continue }
                // Attributes and comments may stand between.
                let above = lines[..<number].reversed().first { !$0.drop(while: { $0 == " " }).hasPrefix("@") } ?? ""
                #expect(above.contains("//") || line.contains("//"), "\(file.path):\(number + 1)")
            }
        }
    }

    @Test("no file is longer than 600 lines, and the middle one has at most 150", arguments: ["Sources", "Tests"])
    func length(folder: String) {
        let files = House.files(folder)
        for file in files { #expect(file.lines.count <= 600, "\(file.path) has \(file.lines.count) lines") }
        let middle = files.map(\.lines.count).sorted()[files.count / 2]
        #expect(middle <= 150)
    }

    @Test("nothing is left for later", arguments: ["Sources", "Tests"])
    func nothingForLater(folder: String) {
        // Put together, so that this file does not find itself.
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK:"]
        for file in House.files(folder) {
            for (number, line) in file.lines.enumerated() {
                for mark in marks { #expect(!line.contains(mark), "\(file.path):\(number + 1): \(mark)") }
            }
        }
    }

    @Test("no module is a placeholder")
    func noPlaceholders() {
        for folder in ["Sources", "Tests"] {
            for file in House.files(folder) { #expect(!file.path.hasSuffix("/Module.swift"), "\(file.path)") }
        }
    }
}
