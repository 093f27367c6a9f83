import RiffleHTTP
import RiffleListings
import RiffleTelemetry

/// Which dialects an origin may speak, and what that makes of each request.
///
/// With `auto` the method decides: PROPFIND is WebDAV's, a GET of a folder may be an autoindex, and what is unsafe is
/// read as WebDAV writes, the widest table of the two.
struct DialectChoice: Sendable {
    enum Kind {
        case listing(Dialect)
        case write(Dialect)
        case passThrough(Reason)
    }

    private let webdav: Bool
    private let autoindex: Bool

    init(_ dialects: Settings.Dialects) {
        webdav = dialects != .autoindex
        autoindex = dialects != .webdav
    }

    @inline(__always)
    func classify(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, into form: inout FormBuffer,
        bodies: inout BodyForms
    ) -> Kind {
        let dialect: Dialect =
            switch head.method {
            case .get, .head: autoindex ? .autoindex : .webdav
            default: webdav ? .webdav : .autoindex
            }
        return switch dialect.classify(head, bytes: bytes, body: body, into: &form, bodies: &bodies) {
        case .listing: .listing(dialect)
        case .write: .write(dialect)
        case .passThrough(let cause): .passThrough(cause.reason)
        }
    }
}

extension BypassCause {
    var reason: Reason {
        switch self {
        case .notAListing: .notAListing
        case .ambiguousPath: .ambiguousPath
        case .range: .range
        case .conditional: .conditional
        case .largeRequestBody: .largeRequestBody
        }
    }
}
