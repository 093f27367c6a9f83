/// Times as logs write them, in seconds since 1970.
enum LogTime {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `10/Oct/2000:13:55:36 -0700`, of the common and combined formats.
    static func common(_ text: Substring) -> Double? {
        let parts = text.split(separator: " ")
        let fields = (parts.first ?? "").split(whereSeparator: { $0 == "/" || $0 == ":" })
        guard parts.count == 2, fields.count == 6, let month = months.firstIndex(of: String(fields[1])),
            let day = Int(fields[0]), let year = Int(fields[2]), let clock = clock(fields[3...]),
            let zone = zone(parts[1])
        else { return nil }
        return seconds(year: year, month: month + 1, day: day).map { $0 + clock - zone }
    }

    /// `2026-11-25T17:44:14.123Z`, RFC 3339.
    static func rfc3339(_ text: some StringProtocol) -> Double? {
        let parts = text.split(maxSplits: 1, whereSeparator: { $0 == "T" || $0 == "t" || $0 == " " })
        guard parts.count == 2 else { return nil }
        let date = parts[0].split(separator: "-")
        let end = parts[1].firstIndex { !$0.isNumber && $0 != ":" && $0 != "." } ?? parts[1].endIndex
        let clockFields = parts[1][..<end].split(separator: ":")
        guard date.count == 3, let year = Int(date[0]), let month = Int(date[1]), let day = Int(date[2]),
            let clock = clock(clockFields.map { Substring($0) }[...]), let zone = zone(Substring(parts[1][end...]))
        else { return nil }
        return seconds(year: year, month: month, day: day).map { $0 + clock - zone }
    }

    private static func clock(_ fields: ArraySlice<Substring>) -> Double? {
        let numbers = fields.compactMap { Double($0) }
        guard numbers.count == 3, numbers.allSatisfy({ (0..<61).contains($0) }) else { return nil }
        return numbers[0] * 3600 + numbers[1] * 60 + numbers[2]
    }

    /// `Z`, `-0700` or `+02:00`.
    private static func zone(_ text: Substring) -> Double? {
        if text == "Z" || text == "z" { return 0 }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard let sign = text.first, sign == "+" || sign == "-", digits.count == 4, let number = Int(digits) else {
            return nil
        }
        let seconds = Double(number / 100 * 3600 + number % 100 * 60)
        return sign == "-" ? -seconds : seconds
    }

    /// Days from the civil calendar, counted in years that begin in March so that leap days come last.
    private static func seconds(year: Int, month: Int, day: Int) -> Double? {
        guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
        return Double(days) * 86_400
    }
}
