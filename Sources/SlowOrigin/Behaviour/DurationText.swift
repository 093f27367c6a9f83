/// Durations as people write them: `200ms`, `1.5s`, `2m`, `250us`; a bare number means seconds.
enum DurationText {
    /// Nothing in this program waits longer than this, whatever it is told.
    static let longest: Duration = .seconds(600)

    static func parse(_ text: some StringProtocol) -> Duration? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let number = Double(digits), number.isFinite, number >= 0 else { return nil }
        let seconds: Double
        switch text.dropFirst(digits.count) {
        case "us": seconds = number / 1_000_000
        case "ms": seconds = number / 1_000
        case "", "s": seconds = number
        case "m": seconds = number * 60
        default: return nil
        }
        guard seconds <= longest.asSeconds else { return nil }
        return .seconds(seconds)
    }

    static func format(_ duration: Duration) -> String {
        // To the microsecond, the finest unit that is read.
        let milliseconds = (duration.asSeconds * 1_000_000).rounded() / 1_000
        return milliseconds == milliseconds.rounded() ? "\(Int(milliseconds))ms" : "\(milliseconds)ms"
    }
}

extension Duration {
    var asSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
