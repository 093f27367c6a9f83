import NIOHTTP1

/// One member of the `Cache-Status` field (RFC 9211): what this cache did with the request.
package struct CacheStatusField: Sendable, Equatable {
    /// Why a request went on to the origin (RFC 9211 §2.2).
    package enum Forward: String, Sendable, CaseIterable {
        case bypass
        case method
        case uriMiss = "uri-miss"
        case varyMiss = "vary-miss"
        case miss
        case request
        case stale
        case partial
    }

    /// Bytes of a key or detail that are shown.
    static let maximumBytes = 512

    /// The name of the cache; written as a token where it is one.
    package var cache: String
    /// Never set beside ``forward``.
    package var hit: Bool
    package var forward: Forward?
    /// The status the origin answered with.
    package var forwardStatus: Int?
    package var stored: Bool
    package var collapsed: Bool
    /// Seconds of freshness left; negative when stale.
    package var ttl: Int?
    package var key: String?
    package var detail: String?

    package init(
        cache: String = "riffle", hit: Bool = false, forward: Forward? = nil, forwardStatus: Int? = nil,
        stored: Bool = false, collapsed: Bool = false, ttl: Int? = nil, key: String? = nil, detail: String? = nil
    ) {
        self.cache = cache
        self.hit = hit
        self.forward = forward
        self.forwardStatus = forwardStatus
        self.stored = stored
        self.collapsed = collapsed
        self.ttl = ttl
        self.key = key
        self.detail = detail
    }

    /// Parameters that belong to a forwarded request only are left out of a hit (RFC 9211 §2.3–§2.7).
    package var serialized: String {
        var text = Self.tokenOrString(cache)
        if let forward, !hit {
            text += "; fwd=\(forward.rawValue)"
            if let forwardStatus { text += "; fwd-status=\(forwardStatus)" }
            if stored { text += "; stored" }
            if collapsed { text += "; collapsed" }
        } else if hit {
            text += "; hit"
        }
        if let ttl { text += "; ttl=\(min(max(ttl, -999_999_999_999_999), 999_999_999_999_999))" }
        if let key { text += "; key=\(Self.string(key))" }
        if let detail { text += "; detail=\(Self.tokenOrString(detail))" }
        return text
    }

    /// Appended behind the members of caches nearer to the origin (RFC 9211 §2).
    package func append(to fields: inout HTTPHeaders) {
        fields.add(name: "Cache-Status", value: serialized)
    }

    /// A token begins with a letter or `*` (RFC 9651 §3.3.4).
    private static func tokenOrString(_ text: String) -> String {
        guard let first = text.utf8.first, text.utf8.count <= maximumBytes,
            first == UInt8(ascii: "*") || (first | 0x20 >= UInt8(ascii: "a") && first | 0x20 <= UInt8(ascii: "z")),
            text.utf8.allSatisfy({ ByteScan.isToken($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") })
        else { return string(text) }
        return text
    }

    /// A quoted string holds printable ASCII only (RFC 9651 §3.3.3); any other byte becomes `?`.
    private static func string(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8.prefix(maximumBytes) {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x20...0x7E: bytes.append(byte)
            default: bytes.append(UInt8(ascii: "?"))
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
