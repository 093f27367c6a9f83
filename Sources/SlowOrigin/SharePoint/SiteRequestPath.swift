/// A request target of SharePoint's REST service taken apart: `{site}/_api/web/…`, as a chain of calls.
struct SiteRequestPath: Sendable {
    /// One step: `Files`, `Folders('a')`, `add(url='x',overwrite=true)`.
    struct Call: Sendable, Equatable {
        let name: String
        /// In order; the name is empty for one without.
        let arguments: [(name: String, value: String)]

        static func == (left: Self, right: Self) -> Bool {
            left.name == right.name && left.arguments.elementsEqual(right.arguments, by: ==)
        }

        /// The argument of one of these names, or the first without any.
        func argument(_ names: String...) -> String? {
            arguments.first { $0.name.isEmpty || names.contains($0.name) }?.value
        }
    }

    /// Names in front of `_api`.
    let site: [String]
    /// What follows it.
    var calls: [Call]
    let path: Substring
    let query: Substring
    let options: [(name: String, value: String)]

    /// Nil for a target of another service.
    init?(target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts[0]
        query = parts.count > 1 ? parts[1] : ""
        guard let decoded = path.graphDecoded else { return nil }
        var options: [(name: String, value: String)] = []
        for option in query.split(separator: "&") {
            let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pair[0].graphDecoded, let value = (pair.count > 1 ? pair[1] : "").graphDecoded else {
                return nil
            }
            options.append((name.lowercased(), value))
        }
        self.options = options
        let steps = Self.split(decoded, at: "/").filter { !$0.isEmpty }
        guard let api = steps.firstIndex(where: { $0.lowercased() == "_api" }), steps[0] != "v1.0", steps[0] != "beta",
            api + 1 < steps.count, !steps[api + 1].hasPrefix("v2.")
        else { return nil }
        site = Array(steps[..<api])
        calls = steps[(api + 1)...].map { Self.call($0, options) }
    }

    func option(_ name: String) -> String? {
        options.first { $0.name == "$" + name }?.value
    }

    private static func call(_ step: String, _ options: [(name: String, value: String)]) -> Call {
        guard step.hasSuffix(")"), let open = step.firstIndex(of: "(") else {
            return Call(name: step.lowercased(), arguments: [])
        }
        let inside = step[step.index(after: open)...].dropLast()
        let arguments = split(String(inside), at: ",").map { part -> (name: String, value: String) in
            guard !part.hasPrefix("'"), let equals = part.firstIndex(of: "=") else {
                return ("", literal(part, options))
            }
            return (
                part[..<equals].lowercased().filter { $0 != " " },
                literal(String(part[part.index(after: equals)...]), options)
            )
        }
        return Call(name: step[..<open].lowercased(), arguments: arguments)
    }

    /// `'a''b'` is `a'b`, `@a` what the query calls so.
    private static func literal(_ text: String, _ options: [(name: String, value: String)]) -> String {
        if text.hasPrefix("@") {
            return options.first { $0.name == text.lowercased() }.map { literal($0.value, []) } ?? ""
        }
        guard text.count >= 2, text.hasPrefix("'"), text.hasSuffix("'") else { return text }
        return String(text.dropFirst().dropLast()).replacing("''", with: "'")
    }

    /// Parts between separators that stand outside of quotes.
    private static func split(_ text: String, at separator: Character) -> [String] {
        var parts = [""]
        var isQuoted = false
        for character in text {
            if character == "'" { isQuoted.toggle() }
            if character == separator, !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }
}
