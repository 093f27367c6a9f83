/// A half-open run of bytes inside a request head, counted from the head's first byte.
package struct ByteRange: Sendable, Equatable {
    package var start: Int32
    package var end: Int32

    @inlinable
    package init(_ start: Int, _ end: Int) {
        self.start = Int32(truncatingIfNeeded: start)
        self.end = Int32(truncatingIfNeeded: end)
    }

    @inlinable package var count: Int { Int(end - start) }
    @inlinable package var isEmpty: Bool { end == start }
    @inlinable package var range: Range<Int> { Int(start)..<Int(end) }
}

/// The request methods riffle has a rule for; any other token is `.other` and streams through untouched.
package enum Method: UInt8, Sendable, CaseIterable {
    case get, head, post, put, delete, options, patch, trace, connect
    case propfind, proppatch, mkcol, move, copy, lock, unlock, report, search
    case other

    /// Safe methods never change a folder (RFC 9110 §9.2.1, RFC 4918 §9.1, RFC 3253 §3.6, RFC 5323 §2).
    @inlinable package var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace, .propfind, .report, .search: true
        default: false
        }
    }
}

/// The request fields riffle reads. The raw value is the slot in ``RequestHead/known``.
package enum KnownField: Int, Sendable, CaseIterable {
    case host, connection, contentLength, transferEncoding, expect, upgrade, te
    case authorization, proxyAuthorization, cookie
    case accept, acceptEncoding, acceptLanguage
    case cacheControl, pragma, range, ifRange
    case ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince
    case depth, destination, overwrite, `if`, lockToken, prefer, brief, timeout
    case contentType, contentEncoding
    case forwarded, xForwardedFor, xForwardedHost, xForwardedProto
    case xHTTPMethodOverride, xHTTPMethod, xOriginalURL, xRewriteURL
    case keepAlive, proxyConnection, trailer, maxForwards, via, traceparent
}

/// A set of known fields as one word: asking for several costs no more than for one.
package struct KnownFields: Sendable, Equatable, ExpressibleByArrayLiteral {
    @usableFromInline package var bits: UInt64 = 0

    @inlinable @inline(__always)
    package init() {}

    @inlinable
    package init(arrayLiteral fields: KnownField...) {
        for field in fields { insert(field) }
    }

    @inlinable @inline(__always)
    package mutating func insert(_ field: KnownField) {
        bits |= 1 &<< UInt64(truncatingIfNeeded: field.rawValue)
    }

    @inlinable @inline(__always)
    package func contains(_ field: KnownField) -> Bool {
        bits & (1 &<< UInt64(truncatingIfNeeded: field.rawValue)) != 0
    }

    @inlinable @inline(__always)
    package func intersects(_ other: KnownFields) -> Bool {
        bits & other.bits != 0
    }
}

/// How the body of a request is delimited (RFC 9112 §6.3).
package enum Framing: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
}

/// One parsed request head as offsets into its bytes: nothing is copied, and a reused value allocates nothing.
///
/// The bytes themselves stay with the caller; every range counts from the first byte of the request line.
package struct RequestHead: Sendable {
    package struct Field: Sendable {
        package var name: ByteRange
        /// Without the white space around it.
        package var value: ByteRange
        package var known: KnownField?

        @inlinable
        package init(name: ByteRange, value: ByteRange, known: KnownField?) {
            self.name = name
            self.value = value
            self.known = known
        }
    }

    package var method = Method.other
    package var methodRange = ByteRange(0, 0)
    /// The request target exactly as sent (origin-form, absolute-form or `*`).
    package var target = ByteRange(0, 0)
    /// The path of the target: the target without scheme, authority and query.
    package var path = ByteRange(0, 0)
    /// The query without its `?`; empty range when there is none.
    package var query = ByteRange(0, 0)
    package var hasQuery = false
    /// HTTP/1.0 when false.
    package var isHTTP11 = true
    package var framing = Framing.none
    package var keepAlive = true
    /// Bytes of request line, fields and the empty line.
    package var length = 0
    package var fields = ContiguousArray<Field>()
    /// Slot of the first occurrence in ``fields`` for each known field that is ``present``; else meaningless.
    package var known = InlineArray<48, Int16>(repeating: -1)
    /// Bit n is set when the known field n occurs.
    package var present = KnownFields()
    /// Bit n is set when the known field n occurs more than once.
    package var repeated = KnownFields()

    package init() {
        fields.reserveCapacity(32)
    }

    /// The value of the first occurrence of a known field.
    @inlinable @inline(__always)
    package func value(_ field: KnownField) -> ByteRange? {
        present.contains(field) ? fields[Int(known[field.rawValue])].value : nil
    }

    @inlinable @inline(__always)
    package func has(_ field: KnownField) -> Bool {
        present.contains(field)
    }

    /// Whether any of them occurs.
    @inlinable @inline(__always)
    package func has(anyOf fields: KnownFields) -> Bool {
        present.intersects(fields)
    }

    @inlinable @inline(__always)
    package func isRepeated(_ field: KnownField) -> Bool {
        repeated.contains(field)
    }
}
