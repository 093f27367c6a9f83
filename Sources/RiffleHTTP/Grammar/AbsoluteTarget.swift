/// The absolute form of a request target, `http://host[:port]/path?query` (RFC 9112 §3.2.2).
enum AbsoluteTarget {
    /// Where the authority of the absolute URL in `bytes[start..<pathEnd]` stands; nil when it is none, or one with
    /// user information, which no proxy should pass on.
    static func authority(in bytes: UnsafeRawBufferPointer, _ start: Int, _ pathEnd: Int) -> ByteRange? {
        for scheme in ["http://", "https://"] as [StaticString] {
            let count = scheme.utf8CodeUnitCount
            guard pathEnd - start > count else { continue }
            let matches = (0..<count).allSatisfy { bytes[start + $0] | 0x20 == scheme.utf8Start[$0] | 0x20 }
            guard matches else { continue }
            var index = start + count
            while index < pathEnd, bytes[index] != UInt8(ascii: "/") { index += 1 }
            let range = ByteRange(start + count, index)
            return HostGrammar.isValid(bytes[range.range]) ? range : nil
        }
        return nil
    }
}

extension Method {
    /// The method of that token; method names are case-sensitive (RFC 9110 §9.1).
    static func named(_ token: UnsafeRawBufferPointer) -> Method {
        func matches(_ candidate: StaticString) -> Bool {
            guard candidate.utf8CodeUnitCount == token.count else { return false }
            for index in 0..<token.count where token[index] != candidate.utf8Start[index] { return false }
            return true
        }
        func first(_ method: Method, _ candidate: StaticString) -> Method? { matches(candidate) ? method : nil }
        let found: Method? =
            switch token.count {
            case 3: first(.get, "GET") ?? first(.put, "PUT")
            case 4:
                first(.head, "HEAD") ?? first(.post, "POST") ?? first(.move, "MOVE") ?? first(.copy, "COPY")
                    ?? first(.lock, "LOCK")
            case 5: first(.patch, "PATCH") ?? first(.mkcol, "MKCOL") ?? first(.trace, "TRACE")
            case 6:
                first(.delete, "DELETE") ?? first(.unlock, "UNLOCK") ?? first(.report, "REPORT")
                    ?? first(.search, "SEARCH")
            case 7: first(.options, "OPTIONS") ?? first(.connect, "CONNECT")
            case 8: first(.propfind, "PROPFIND")
            case 9: first(.proppatch, "PROPPATCH")
            default: nil
            }
        return found ?? .other
    }
}
