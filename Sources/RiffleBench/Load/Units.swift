/// Durations as people type them: `10s`, `250ms`, `2m`; a bare number is seconds.
package enum Units {
    package static func nanoseconds(_ text: String) -> UInt64? {
        let units: [(String, Double)] = [("ms", 1e6), ("us", 1e3), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("", 1e9)]
        for (unit, scale) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number.isFinite, number >= 0, number * scale < 1e17
            else { return nil }
            return UInt64(number * scale)
        }
        return nil
    }
}
