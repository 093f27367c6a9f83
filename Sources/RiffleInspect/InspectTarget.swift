/// Where a riffle's admin API is asked: `http://host:port` or `unix:/path`.
package struct InspectTarget: Sendable, Equatable, CustomStringConvertible {
    package static let standard = InspectTarget(base: "http://127.0.0.1:8081", description: "http://127.0.0.1:8081")

    /// What requests are put behind.
    let base: String
    package let description: String

    private init(base: String, description: String) {
        self.base = base
        self.description = description
    }

    /// Nil for anything but the two forms; a bare `host:port` is taken for HTTP.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst("unix:".count)
            guard path.hasPrefix("/"), path.utf8.count > 1 else { return nil }
            self.init(base: "http+unix://" + Self.percentEncoded(path), description: text)
            return
        }
        var rest = text[...]
        var scheme = "http://"
        for known in ["http://", "https://"] where rest.hasPrefix(known) {
            scheme = known
            rest = rest.dropFirst(known.count)
        }
        while rest.last == "/" { rest = rest.dropLast() }
        guard !rest.isEmpty, !rest.contains("://"), !rest.contains("@"),
            rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        self.init(base: scheme + rest, description: scheme + rest)
    }

    private static func percentEncoded(_ path: Substring) -> String {
        var encoded = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (hex.count == 1 ? "0" : "") + hex
            }
        }
        return encoded
    }
}
