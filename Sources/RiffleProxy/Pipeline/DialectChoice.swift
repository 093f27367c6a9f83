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

    /// The dialect of reads with GET and HEAD, and that of every other method.
    private let reads: Dialect
    private let others: Dialect
    let rules: DialectRules
    /// What the origin has shown of itself, where nobody has said how it speaks.
    private let sense: DialectSense?

    init(_ origin: Settings.Origin, rules: DialectRules) {
        self.rules = rules
        var sense: DialectSense?
        switch origin.dialect {
        case .auto:
            let only = Self.dialect(of: origin.url)
            reads = only ?? .autoindex
            others = only ?? .webdav
            if only == nil { sense = DialectSense() }
        case .webdav: (reads, others) = (.webdav, .webdav)
        case .autoindex: (reads, others) = (.autoindex, .autoindex)
        case .graph: (reads, others) = (.graph, .graph)
        case .json: (reads, others) = (.json, .json)
        case .s3: (reads, others) = (.s3, .s3)
        }
        self.sense = sense
    }

    /// An answer to what was taken for a listing is known.
    func learned(_ dialect: Dialect, isListing: Bool) {
        sense?.learned(dialect, isListing: isListing)
    }

    /// How it speaks, for people: what was set, and what was seen where nothing was.
    var description: String {
        guard let sense else { return reads == others ? reads.rawValue : "\(others.rawValue), \(reads.rawValue)" }
        let seen = sense.seen
        return seen.isEmpty ? "auto" : "auto: " + seen.map(\.rawValue).joined(separator: ", ")
    }

    /// The dialect that an origin's name tells.
    private static func dialect(of url: OriginURL) -> Dialect? {
        let host = url.authority.prefix { $0 != ":" }.lowercased()
        return host == "graph.microsoft.com" || host.hasSuffix(".sharepoint.com") ? .graph : nil
    }

    /// A target as the origin gets it: without what riffle wrote into the links between pages.
    func originTarget(_ target: String) -> String {
        guard reads == .graph || reads == .json, target.contains("riffle-page=") else { return target }
        return String(decoding: reads.unchained(Array(target.utf8)), as: UTF8.self)
    }

    /// Whether the answer may hold links that clients follow, though it is no listing.
    func leadsOn(_ request: RequestMessage) -> Bool {
        reads == .graph && request.method == .get && GraphLinks.mayBe(in: Array(request.target.utf8))
    }

    @inline(__always)
    func classify(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, into form: inout FormBuffer,
        bodies: inout BodyForms
    ) -> Kind {
        let dialect = head.method == .get || head.method == .head ? reads : others
        return switch dialect.classify(head, bytes: bytes, body: body, rules: rules, into: &form, bodies: &bodies) {
        case .listing:
            if let sense, dialect != others, !sense.mayClaimRead() {
                .passThrough(.notAListing)
            } else {
                .listing(dialect)
            }
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
        case .ruled: .disabled
        case .signedForOne: .connectionCredential
        }
    }
}
