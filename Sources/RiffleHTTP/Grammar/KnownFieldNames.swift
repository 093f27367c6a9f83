extension KnownField {
    /// The field of that name, ignoring case; nil for a name riffle has no rule for.
    ///
    /// `name` must already be a token (RFC 9110 §5.6.2): folding case by setting bit 5 is exact for the letters and the
    /// hyphen of the known names, and no other token byte folds onto them.
    @inlinable
    package static func named(_ name: UnsafeRawBufferPointer) -> KnownField? {
        @inline(__always)
        func matches(_ candidate: StaticString) -> Bool {
            let expected = candidate.utf8Start
            for index in 0..<name.count where name[index] | 0x20 != expected[index] {
                return false
            }
            return true
        }
        @inline(__always)
        func first(_ field: KnownField, _ candidate: StaticString) -> KnownField? {
            matches(candidate) ? field : nil
        }
        guard let head = name.first.map({ $0 | 0x20 }) else { return nil }
        switch (name.count, head) {
        case (2, UInt8(ascii: "t")): return first(.te, "te")
        case (2, UInt8(ascii: "i")): return first(.if, "if")
        case (3, UInt8(ascii: "v")): return first(.via, "via")
        case (4, UInt8(ascii: "h")): return first(.host, "host")
        case (5, UInt8(ascii: "d")): return first(.depth, "depth")
        case (5, UInt8(ascii: "r")): return first(.range, "range")
        case (5, UInt8(ascii: "b")): return first(.brief, "brief")
        case (6, UInt8(ascii: "a")): return first(.accept, "accept")
        case (6, UInt8(ascii: "c")): return first(.cookie, "cookie")
        case (6, UInt8(ascii: "e")): return first(.expect, "expect")
        case (6, UInt8(ascii: "p")): return first(.pragma, "pragma") ?? first(.prefer, "prefer")
        case (7, UInt8(ascii: "u")): return first(.upgrade, "upgrade")
        case (7, UInt8(ascii: "t")): return first(.timeout, "timeout") ?? first(.trailer, "trailer")
        case (8, UInt8(ascii: "i")): return first(.ifRange, "if-range") ?? first(.ifMatch, "if-match")
        case (9, UInt8(ascii: "f")): return first(.forwarded, "forwarded")
        case (9, UInt8(ascii: "o")): return first(.overwrite, "overwrite")
        case (10, UInt8(ascii: "c")): return first(.connection, "connection")
        case (10, UInt8(ascii: "l")): return first(.lockToken, "lock-token")
        case (10, UInt8(ascii: "k")): return first(.keepAlive, "keep-alive")
        case (11, UInt8(ascii: "d")): return first(.destination, "destination")
        case (11, UInt8(ascii: "t")): return first(.traceparent, "traceparent")
        case (12, UInt8(ascii: "c")): return first(.contentType, "content-type")
        case (12, UInt8(ascii: "m")): return first(.maxForwards, "max-forwards")
        case (13, UInt8(ascii: "a")): return first(.authorization, "authorization")
        case (13, UInt8(ascii: "c")): return first(.cacheControl, "cache-control")
        case (13, UInt8(ascii: "i")): return first(.ifNoneMatch, "if-none-match")
        case (13, UInt8(ascii: "x")):
            return first(.xHTTPMethod, "x-http-method") ?? first(.xRewriteURL, "x-rewrite-url")
        case (14, UInt8(ascii: "c")): return first(.contentLength, "content-length")
        case (14, UInt8(ascii: "x")): return first(.xOriginalURL, "x-original-url")
        case (15, UInt8(ascii: "a")):
            return first(.acceptEncoding, "accept-encoding") ?? first(.acceptLanguage, "accept-language")
        case (15, UInt8(ascii: "x")): return first(.xForwardedFor, "x-forwarded-for")
        case (16, UInt8(ascii: "c")): return first(.contentEncoding, "content-encoding")
        case (16, UInt8(ascii: "p")): return first(.proxyConnection, "proxy-connection")
        case (16, UInt8(ascii: "x")): return first(.xForwardedHost, "x-forwarded-host")
        case (17, UInt8(ascii: "t")): return first(.transferEncoding, "transfer-encoding")
        case (17, UInt8(ascii: "i")): return first(.ifModifiedSince, "if-modified-since")
        case (17, UInt8(ascii: "x")): return first(.xForwardedProto, "x-forwarded-proto")
        case (19, UInt8(ascii: "p")): return first(.proxyAuthorization, "proxy-authorization")
        case (19, UInt8(ascii: "i")): return first(.ifUnmodifiedSince, "if-unmodified-since")
        case (22, UInt8(ascii: "x")): return first(.xHTTPMethodOverride, "x-http-method-override")
        default: return nil
        }
    }
}
