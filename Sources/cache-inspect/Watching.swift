import ArgumentParser
import RiffleInspect

/// Once, or again and again: what stat and hist share.
struct Watching: ParsableArguments {
    @Flag(help: "Refresh until stopped.")
    var watch = false

    @Option(help: ArgumentHelp("Time between two looks, such as 500ms, 1s or 2m; implies --watch.", valueName: "time"))
    var interval: Interval?

    @Option(help: ArgumentHelp("Stop after so many looks; implies --watch.", valueName: "n"))
    var count: Int?

    var isRepeating: Bool { watch || interval != nil || count != nil }

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count must be at least 1") }
    }

    /// Shows snapshot after snapshot, in place on a terminal, one after the other elsewhere.
    func run(_ admin: AdminOptions, _ lines: @escaping @Sendable (ProxySnapshot, ProxySnapshot?, Ink) -> [String])
        async throws
    {
        let looks = isRepeating ? (count ?? .max) : 1
        let pause = interval?.duration ?? .seconds(1)
        let inPlace = isRepeating && Screen.isTerminal && !admin.json
        try await admin.ask { client in
            var before: ProxySnapshot?
            for look in 1...looks {
                let now = try await client.snapshot()
                if inPlace {
                    if look == 1 { Screen.repaint([]) }
                    Screen.repaint(lines(now, before, Screen.ink))
                } else {
                    let earlier = before
                    try admin.show(now) { lines(now, earlier, $0) }
                }
                before = now
                if look < looks { try await Task.sleep(for: pause) }
            }
        }
    }
}

/// A time span of the command line.
struct Interval: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(digits), value > 0 else { return nil }
        let seconds: Double
        switch argument.dropFirst(digits.count) {
        case "ms": seconds = value / 1000
        case "s", "": seconds = value
        case "m": seconds = value * 60
        default: return nil
        }
        guard (0.1...86_400).contains(seconds) else { return nil }
        duration = .seconds(seconds)
    }
}
