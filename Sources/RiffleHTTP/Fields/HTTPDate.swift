/// HTTP dates (RFC 9110 §5.6.7) as unix seconds, without a calendar library.
package enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let longDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The instant `text` names in one of the three formats, nil for anything else: no other zone than GMT, no
    /// missing digit. The weekday adds nothing to the date and is not held against it.
    ///
    /// `ignoringCase` is for freshness only, where a cache reads dates in any case (RFC 9111 §4.2). `now` places the
    /// two-digit year of the RFC 850 form: never more than 50 years ahead.
    package static func parse(_ text: some StringProtocol, ignoringCase: Bool = false, now: Int = 0) -> Int? {
        var reader = DateReader(Array(text.utf8), ignoringCase: ignoringCase)
        let parsed: Int?
        if let comma = reader.bytes.firstIndex(of: UInt8(ascii: ",")) {
            parsed = comma == 3 ? imfFixdate(&reader) : rfc850(&reader, now: now)
        } else {
            parsed = asctime(&reader)
        }
        return reader.atEnd ? parsed : nil
    }

    /// IMF-fixdate, the one form that is sent: `Sun, 06 Nov 1994 08:49:37 GMT`. Years outside 0…9999 are clamped.
    package static func format(_ seconds: Int) -> String {
        let clamped = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let day = floorDivide(clamped, 86_400)
        let second = clamped - day * 86_400
        let date = civil(fromDays: day)
        let time = [second / 3600, second / 60 % 60, second % 60].map { pad($0, 2) }.joined(separator: ":")
        let name = days[weekday(of: clamped)]
        return "\(name), \(pad(date.day, 2)) \(months[date.month - 1]) \(pad(date.year, 4)) \(time) GMT"
    }

    private static func imfFixdate(_ reader: inout DateReader) -> Int? {
        guard reader.name(days) != nil, reader.literal(", "), let day = reader.number(2), reader.literal(" "),
            let month = reader.name(months), reader.literal(" "), let year = reader.number(4), reader.literal(" "),
            let time = reader.time(), reader.literal(" GMT")
        else { return nil }
        return seconds(year, month + 1, day, time)
    }

    private static func rfc850(_ reader: inout DateReader, now: Int) -> Int? {
        guard reader.name(longDays) != nil, reader.literal(", "), let day = reader.number(2),
            reader.literal("-"), let month = reader.name(months), reader.literal("-"), let short = reader.number(2),
            reader.literal(" "), let time = reader.time(), reader.literal(" GMT")
        else { return nil }
        let current = civil(fromDays: floorDivide(now, 86_400)).year
        var year = current - current % 100 + short
        if year > current + 50 { year -= 100 }
        return seconds(year, month + 1, day, time)
    }

    private static func asctime(_ reader: inout DateReader) -> Int? {
        guard reader.name(days) != nil, reader.literal(" "), let month = reader.name(months),
            reader.literal(" "), let day = reader.paddedDay(), reader.literal(" "), let time = reader.time(),
            reader.literal(" "), let year = reader.number(4)
        else { return nil }
        return seconds(year, month + 1, day, time)
    }

    private static func seconds(_ year: Int, _ month: Int, _ day: Int, _ time: Int) -> Int? {
        guard day >= 1 else { return nil }
        let days = days(year, month, day)
        // A day the month does not have comes back as another date.
        guard civil(fromDays: days) == (year, month, day) else { return nil }
        return days * 86_400 + time
    }

    private static func weekday(of seconds: Int) -> Int {
        let day = floorDivide(seconds, 86_400)
        return ((day + 4) % 7 + 7) % 7
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// Reads the fixed pieces a date is made of, front to back.
private struct DateReader {
    let bytes: [UInt8]
    private let ignoringCase: Bool
    private var index = 0

    init(_ bytes: [UInt8], ignoringCase: Bool) {
        self.bytes = bytes
        self.ignoringCase = ignoringCase
    }

    var atEnd: Bool { index == bytes.count }

    mutating func literal(_ text: String) -> Bool {
        guard bytes.count - index >= text.utf8.count else { return false }
        for (offset, expected) in text.utf8.enumerated() where !same(bytes[index + offset], expected) { return false }
        index += text.utf8.count
        return true
    }

    mutating func name(_ names: [String]) -> Int? {
        for (position, name) in names.enumerated() where literal(name) { return position }
        return nil
    }

    mutating func number(_ width: Int) -> Int? {
        guard bytes.count - index >= width else { return nil }
        var value = 0
        for byte in bytes[index..<(index + width)] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        index += width
        return value
    }

    /// `2DIGIT / ( SP 1DIGIT )`.
    mutating func paddedDay() -> Int? {
        guard index < bytes.count, bytes[index] == UInt8(ascii: " ") else { return number(2) }
        index += 1
        return number(1)
    }

    /// Seconds of the day; a leap second counts as the second before it.
    mutating func time() -> Int? {
        guard let hour = number(2), literal(":"), let minute = number(2), literal(":"), let second = number(2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + min(second, 59)
    }

    private func same(_ left: UInt8, _ right: UInt8) -> Bool {
        ignoringCase ? FieldText.lowercased(left) == FieldText.lowercased(right) : left == right
    }
}
