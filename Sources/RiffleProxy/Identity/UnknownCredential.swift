/// Credentials that come in ways riffle can't key by.
enum UnknownCredential {
    /// Digest, NTLM and Negotiate speak for one request or one connection (RFC 7616, RFC 4559).
    static func isConnectionBound(_ authorization: UnsafeRawBufferPointer) -> Bool {
        for scheme in ["digest", "ntlm", "negotiate", "hoba", "mutual"] as [StaticString]
        where authorization.count >= scheme.utf8CodeUnitCount {
            var matches = true
            for index in 0..<scheme.utf8CodeUnitCount where authorization[index] | 0x20 != scheme.utf8Start[index] {
                matches = false
                break
            }
            if matches { return true }
        }
        return false
    }

    /// Whether an unknown field is named as one that says who is asking (`X-Auth-Token`, `X-Api-Key`, `X-Remote-User`).
    static func isLikely(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count >= 5 else { return false }
        for start in 0...(name.count - 4) {
            switch name[start] | 0x20 {
            case UInt8(ascii: "a"):
                if has("auth", name, start) || has("apik", name, start) || has("api-k", name, start) { return true }
            case UInt8(ascii: "t"): if has("token", name, start) { return true }
            case UInt8(ascii: "s"): if has("secret", name, start) || has("session", name, start) { return true }
            case UInt8(ascii: "p"): if has("passw", name, start) { return true }
            case UInt8(ascii: "-"): if has("-user", name, start) { return true }
            case UInt8(ascii: "c"): if has("client-cert", name, start) { return true }
            default: continue
            }
        }
        return false
    }

    @inline(__always)
    private static func has(_ part: StaticString, _ name: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        guard start + part.utf8CodeUnitCount <= name.count else { return false }
        for index in 0..<part.utf8CodeUnitCount where name[start + index] | 0x20 != part.utf8Start[index] {
            return false
        }
        return true
    }
}
