/// The time of a signature: seconds since 1970, and the text that is signed, `20130524T000000Z`.
package struct RequestTime: Equatable, Sendable {
    package let seconds: Int64
    package let text: [UInt8]

    package init(seconds: Int64) {
        self.seconds = seconds
        text = Self.text(seconds)
    }

    package init?(_ text: some Collection<UInt8>) {
        let bytes = Array(text)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
            let date = Self.number(bytes[0..<8]), let clock = Self.number(bytes[9..<15])
        else { return nil }
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100)
        let (hour, minute, second) = (clock / 10_000, clock / 100 % 100, clock % 100)
        guard year >= 1970, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        seconds = Self.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        self.text = bytes
    }

    private static func text(_ seconds: Int64) -> [UInt8] {
        let (year, month, day) = date(days: seconds / 86_400)
        let clock = seconds % 86_400
        return digits(year, 4) + digits(month, 2) + digits(day, 2) + [UInt8(ascii: "T")]
            + digits(clock / 3_600, 2) + digits(clock / 60 % 60, 2) + digits(clock % 60, 2) + [UInt8(ascii: "Z")]
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return value
    }

    private static func digits(_ value: Int64, _ count: Int) -> [UInt8] {
        let text = Array(String(value).utf8)
        return Array(repeating: UInt8(ascii: "0"), count: max(0, count - text.count)) + text
    }

    /// Days since 1970 of a date of the Gregorian calendar: years are counted from March, so that the leap day is last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let ofEra = year - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func date(days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * month + 2) / 5 + 1
        let civil = month < 10 ? month + 3 : month - 9
        return (year + era * 400 + (civil <= 2 ? 1 : 0), civil, day)
    }
}
