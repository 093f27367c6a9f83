import NIOHTTP1

/// Removes what concerns one connection only before a message is forwarded or stored (RFC 9110 §7.6.1, RFC 9111 §3.1).
package enum HopByHop {
    /// Fields that end at the next hop whether `Connection` lists them or not.
    static let fixed: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization",
        "proxy-authentication-info", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// Fields a sender cannot have removed by listing them: they carry identity, framing, routing or caching rules,
    /// and dropping one on the way would make the next hop answer a different question (RFC 9110 §7.6.1 forbids
    /// listing fields meant for all recipients).
    static let protected: Set<String> = [
        "host", "content-length", "content-type", "content-encoding", "content-range", "authorization", "cookie",
        "cookie2", "set-cookie", "cache-control", "cdn-cache-control", "riffle-cache-control", "pragma", "expires",
        "age", "date", "vary", "etag", "last-modified", "via", "forwarded", "x-forwarded-for", "x-forwarded-host",
        "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix", "x-real-ip", "range", "if-range", "if-match",
        "if-none-match", "if-modified-since", "if-unmodified-since", "max-forwards", "depth", "destination",
        "overwrite", "if", "lock-token", "prefer", "traceparent", "tracestate", "origin", "location",
        "content-location", "www-authenticate", "accept", "accept-encoding", "accept-language",
    ]

    /// Connection options looked at; a longer list is cut, which only leaves fields in place.
    static let maximumOptions = 64

    /// Strips the fields `Connection` lists, then the fixed ones.
    package static func strip(_ fields: inout HTTPHeaders) {
        let listed = options(fields)
        for name in listed where !protected.contains(name) { fields.remove(name: name) }
        for name in fixed where fields.contains(name: name) { fields.remove(name: name) }
    }

    /// The connection options of a message in lower case (RFC 9110 §7.6.1).
    package static func options(_ fields: HTTPHeaders) -> [String] {
        FieldText.members(fields["connection"]).prefix(maximumOptions).filter(FieldText.isToken)
            .map { FieldText.lowercased($0) }
    }
}
