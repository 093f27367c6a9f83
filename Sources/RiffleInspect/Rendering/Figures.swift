/// Numbers as people read them, without locale or rounding surprises.
package enum Figures {
    /// `950ns`, `12.3µs`, `4.56ms`, `1.20s`, `3m20s`.
    package static func duration(nanoseconds: UInt64) -> String {
        let value = Double(nanoseconds)
        switch nanoseconds {
        case ..<1_000: return "\(nanoseconds)ns"
        case ..<999_500: return threeDigits(value / 1e3) + "µs"
        case ..<999_500_000: return threeDigits(value / 1e6) + "ms"
        case ..<60_000_000_000: return threeDigits(value / 1e9) + "s"
        default: return span(seconds: value / 1e9)
        }
    }

    /// `42s`, `3m20s`, `5h02m`, `12d04h`; signed.
    package static func span(seconds: Double) -> String {
        guard seconds.isFinite else { return "-" }
        let whole = Int(max(-1e15, min(1e15, seconds.rounded())))
        let sign = whole < 0 ? "-" : ""
        let total = abs(whole)
        switch total {
        case ..<60: return "\(sign)\(total)s"
        case ..<3600: return "\(sign)\(total / 60)m\(padded(total % 60))s"
        case ..<86_400: return "\(sign)\(total / 3600)h\(padded(total % 3600 / 60))m"
        default: return "\(sign)\(total / 86_400)d\(padded(total % 86_400 / 3600))h"
        }
    }

    /// `0 B`, `980 B`, `1.50 KiB`, `256 MiB`.
    package static func bytes(_ count: some BinaryInteger) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if value < 1023.5 || unit == "TiB" {
                return (unit == "B" ? String(Int(value)) : threeDigits(value)) + " " + unit
            }
            value /= 1024
        }
        return ""
    }

    /// `1,234,567`.
    package static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        return (value < 0 ? "-" : "") + grouped
    }

    /// `0.00/s`, `12.3/s`, `4,560/s`.
    package static func rate(_ perSecond: Double) -> String {
        guard perSecond.isFinite else { return "-" }
        let bounded = max(0, min(1e15, perSecond))
        return (bounded < 999.5 ? threeDigits(bounded) : count(Int(bounded.rounded()))) + "/s"
    }

    /// `98.7 %`, or `-` of nothing.
    package static func share(_ part: UInt64, of whole: UInt64) -> String {
        whole == 0 ? "-" : fixed(Double(part) * 100 / Double(whole), 1) + " %"
    }

    /// Three significant digits below a thousand.
    static func threeDigits(_ value: Double) -> String {
        switch value {
        case ..<9.995: fixed(value, 2)
        case ..<99.95: fixed(value, 1)
        default: fixed(value, 0)
        }
    }

    static func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((max(-1e15, min(1e15, value)) * Double(scale)).rounded())
        let sign = scaled < 0 ? "-" : ""
        let whole = "\(sign)\(abs(scaled) / scale)"
        guard digits > 0 else { return whole }
        let fraction = String(abs(scaled) % scale)
        return whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
