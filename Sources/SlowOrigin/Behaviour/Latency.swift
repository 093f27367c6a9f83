import Glibc

/// How long a request waits before it is answered: `none`, `fixed:200ms` or `lognormal:p50=120ms,p99=900ms`.
package enum Latency: Sendable, Equatable {
    case none
    case fixed(Duration)
    case lognormal(p50: Duration, p99: Duration)

    /// The 99th percentile of the standard normal distribution.
    private static let normalP99 = 2.326_347_874

    package init(parsing text: String) throws(SlowOriginError) {
        let trimmed = text.filter { !$0.isWhitespace }
        if trimmed.isEmpty || trimmed == "none" {
            self = .none
            return
        }
        let parts = trimmed.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Self.wrong(text) }
        switch parts[0] {
        case "fixed":
            guard let duration = DurationText.parse(parts[1]) else { throw Self.wrong(text) }
            self = .fixed(duration)
        case "lognormal":
            var values: [Substring: Duration] = [:]
            for pair in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                let sides = pair.split(separator: "=", maxSplits: 1)
                guard sides.count == 2, let duration = DurationText.parse(sides[1]) else { throw Self.wrong(text) }
                values[sides[0]] = duration
            }
            guard values.count == 2, let p50 = values["p50"], let p99 = values["p99"], p50 > .zero, p99 >= p50 else {
                throw Self.wrong(text)
            }
            self = .lognormal(p50: p50, p99: p99)
        default:
            throw Self.wrong(text)
        }
    }

    private static func wrong(_ text: String) -> SlowOriginError {
        .invalid(
            "latency '\(text)' is none of: none, fixed:200ms, lognormal:p50=120ms,p99=900ms"
                + " (units us, ms, s, m; at most 10m; p50 <= p99)")
    }

    /// One draw. Always takes two numbers from the dice, so that changing the latency does not shift later faults.
    func draw(_ chance: inout Chance) -> Duration {
        let first = chance.fraction()
        let second = chance.fraction()
        switch self {
        case .none: return .zero
        case .fixed(let duration): return duration
        case .lognormal(let p50, let p99):
            let sigma = log(p99.asSeconds / p50.asSeconds) / Self.normalP99
            // Box–Muller; `1 - first` keeps zero away from the logarithm.
            let normal = (-2 * log(1 - first)).squareRoot() * cos(2 * .pi * second)
            return min(.seconds(p50.asSeconds * exp(sigma * normal)), DurationText.longest)
        }
    }
}

extension Latency: CustomStringConvertible {
    package var description: String {
        switch self {
        case .none: "none"
        case .fixed(let duration): "fixed:\(DurationText.format(duration))"
        case .lognormal(let p50, let p99):
            "lognormal:p50=\(DurationText.format(p50)),p99=\(DurationText.format(p99))"
        }
    }
}
