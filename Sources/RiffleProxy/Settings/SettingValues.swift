/// Parses the values people write in configuration: addresses, sizes, spans of time, shares.
///
/// Every failure says what was expected, never what secret was given.
package enum SettingValue {
    /// `256MiB`, `64 KiB`, `1GB`, `4096`: bytes.
    package static func bytes(_ text: String) -> Int? {
        let units: [(String, Int)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
            ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1),
        ]
        let (number, unit) = split(text)
        guard let value = Double(number), value >= 0, value.isFinite else { return nil }
        let factor = unit.isEmpty ? 1 : units.first { $0.0 == unit }?.1
        guard let factor, value * Double(factor) < 1e15 else { return nil }
        return Int(value * Double(factor))
    }

    /// `20ms`, `60s`, `5m`, `1h`, `250us`: microseconds. A bare number needs a unit, except 0.
    package static func microseconds(_ text: String) -> Int64? {
        let units: [(String, Double)] = [
            ("us", 1), ("ms", 1e3), ("s", 1e6), ("m", 60e6), ("h", 3_600e6), ("d", 86_400e6),
        ]
        let (number, unit) = split(text)
        guard let value = Double(number), value >= 0, value.isFinite else { return nil }
        if unit.isEmpty { return value == 0 ? 0 : nil }
        guard let factor = units.first(where: { $0.0 == unit })?.1, value * factor < 1e16 else { return nil }
        return Int64(value * factor)
    }

    package static func milliseconds(_ text: String) -> Int64? {
        microseconds(text).map { $0 / 1_000 }
    }

    /// `0.2` or `20%`: a share from 0 to 1.
    package static func share(_ text: String) -> Double? {
        let value = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
        guard let value, value >= 0, value <= 1 else { return nil }
        return value
    }

    package static func bool(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    private static func split(_ text: String) -> (number: String, unit: String) {
        let trimmed = text.filter { $0 != " " && $0 != "_" }
        let number = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        return (String(number), String(trimmed.dropFirst(number.count)))
    }
}

/// Where a listener stands: `HOST:PORT`, `[IPv6]:PORT`, `:PORT` for every address, or `unix:PATH`.
package enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count < 108 else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        self = .tcp(host: host.isEmpty ? "0.0.0.0" : host, port: port)
    }

    /// What a client is given to reach it.
    package func url(scheme: String) -> String {
        switch self {
        case .tcp: "\(scheme)://\(self)/"
        case .unix: description
        }
    }

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
