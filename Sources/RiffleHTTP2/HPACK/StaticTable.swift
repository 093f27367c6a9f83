/// The fields that every HTTP/2 connection knows from the start (RFC 7541 appendix A).
package enum StaticTable {
    package struct Entry: Sendable {
        package let name: StaticString
        package let value: StaticString
        /// The first entry of the same name: equal for equal names.
        package let token: UInt8
    }

    /// The first entry that is not in here but in the connection's own table.
    static let count = 62

    /// Entry 0 is none.
    package static let entries: [Entry] = {
        var entries = [Entry(name: "", value: "", token: 0)]
        for (name, value) in pairs {
            let known = entries.last.map { $0.name.isEqual(name) ? $0.token : UInt8(entries.count) } ?? 0
            entries.append(Entry(name: name, value: value, token: known))
        }
        return entries
    }()

    /// - Returns: the first entry with that name, 0 when there is none.
    static func token(of name: UnsafeRawBufferPointer) -> UInt8 {
        for entry in entries where entry.name.utf8CodeUnitCount == name.count && name.count > 0 {
            if isEqual(entry.name, name) { return entry.token }
        }
        return 0
    }

    /// - Returns: the entry that says `:status` and this number, 0 when there is none.
    static func status(_ status: Int) -> UInt8 {
        switch status {
        case 200: 8
        case 204: 9
        case 206: 10
        case 304: 11
        case 400: 12
        case 404: 13
        case 500: 14
        default: 0
        }
    }

    private static func isEqual(_ text: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<bytes.count where text.utf8Start[index] != bytes[index] { return false }
        return true
    }

    private static let pairs: [(StaticString, StaticString)] = [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
        (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
        (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
        ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
        ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""),
        ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""),
        ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""),
        ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""),
        ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""),
        ("server", ""), ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""),
        ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
    ]
}

extension StaticString {
    fileprivate func isEqual(_ other: StaticString) -> Bool {
        utf8CodeUnitCount == other.utf8CodeUnitCount
            && (0..<utf8CodeUnitCount).allSatisfy { utf8Start[$0] == other.utf8Start[$0] }
    }
}

/// Tokens of the names a request is read by; see ``StaticTable/Entry/token``.
package enum FieldToken {
    @inlinable package static var none: UInt8 { 0 }
    @inlinable package static var authority: UInt8 { 1 }
    @inlinable package static var method: UInt8 { 2 }
    @inlinable package static var path: UInt8 { 4 }
    @inlinable package static var scheme: UInt8 { 6 }
    @inlinable package static var status: UInt8 { 8 }
    /// Pseudo-header fields come first in the table.
    @inlinable package static var lastPseudo: UInt8 { 14 }
    @inlinable package static var age: UInt8 { 21 }
    @inlinable package static var contentLength: UInt8 { 28 }
    @inlinable package static var cookie: UInt8 { 32 }
    @inlinable package static var host: UInt8 { 38 }
    @inlinable package static var setCookie: UInt8 { 55 }
    @inlinable package static var transferEncoding: UInt8 { 57 }
}
