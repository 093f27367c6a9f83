/// Dates as HTTP (RFC 9110 §5.6.7) and WebDAV (RFC 3339) write them, from seconds since 1970. Always UTC.
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let secondsPerDay = 86_400
    /// Year 9999; stamps beyond are clamped, as the format has four digits.
    private static let latest = 253_402_300_799

    /// `Wed, 25 Nov 2026 16:13:39 GMT`
    static func format(_ seconds: Int) -> String {
        let parts = split(seconds)
        let day = two(parts.day), hour = two(parts.hour), minute = two(parts.minute), second = two(parts.second)
        return
            "\(days[parts.weekday]), \(day) \(months[parts.month - 1]) \(four(parts.year)) \(hour):\(minute):\(second) GMT"
    }

    /// `2026-11-25T16:13:39Z`
    static func iso8601(_ seconds: Int) -> String {
        let parts = split(seconds)
        return "\(four(parts.year))-\(two(parts.month))-\(two(parts.day))"
            + "T\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second))Z"
    }

    /// The preferred form only; an obsolete one counts as no date, which makes a condition false and costs a body.
    static func parse(_ text: String) -> Int? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[0].hasSuffix(","), parts[1].count == 2,
            let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3]),
            (1...31).contains(day), (1...9999).contains(year)
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        return daysFromCivil(year, month + 1, day) * secondsPerDay + time[0] * 3_600 + time[1] * 60 + time[2]
    }

    private struct Parts {
        var year, month, day, hour, minute, second, weekday: Int
    }

    private static func split(_ seconds: Int) -> Parts {
        let clamped = min(max(seconds, 0), latest)
        let day = clamped / secondsPerDay
        let rest = clamped % secondsPerDay
        // Civil date from a day count: eras of 400 years that begin in March.
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return Parts(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, hour: rest / 3_600, minute: rest % 3_600 / 60,
            second: rest % 60, weekday: (day + 4) % 7)
    }

    private static func daysFromCivil(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func four(_ value: Int) -> String {
        value < 1_000 ? String(repeating: "0", count: 4 - "\(value)".count) + "\(value)" : "\(value)"
    }
}
