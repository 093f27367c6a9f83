import RiffleHTTP
import RiffleListings

/// What origins answer and clients ask in the dialects: bodies of any shape, within bounded memory.
enum ListingFuzz {
    private static let targets: [Dialect: String] = [
        .webdav: "/a/", .autoindex: "/a/", .graph: "/v1.0/me/drive/root/children",
    ]

    static func confirm(_ dialect: Dialect, _ bytes: UnsafeRawBufferPointer) {
        let isWebDAV = dialect == .webdav
        let request =
            "\(isWebDAV ? "PROPFIND" : "GET") \(targets[dialect] ?? "/") HTTP/1.1\r\nHost: h\r\nDepth: 1\r\n\r\n"
        guard let form = form(request, body: [], dialect) else { return claim(false, "the request is no listing") }
        let answer = dialect.confirm(
            status: isWebDAV ? 207 : 200, contentType: isWebDAV ? "application/xml" : "application/json",
            contentEncoding: nil, body: bytes, path: form.path, form: form.form)
        guard case .listing(let shape) = answer, dialect != .graph else { return }
        for child in shape.childFolders {
            let isBelow =
                child.starts(with: form.path) && child.count > form.path.count && child.last == UInt8(ascii: "/")
            claim(isBelow, "a child elsewhere")
        }
    }

    /// Targets of requests: what is a listing stands at a canonical path, the same however often it is asked.
    static func classify(_ bytes: UnsafeRawBufferPointer) {
        let target = String(decoding: bytes, as: UTF8.self)
        for dialect in Dialect.allCases {
            let method = dialect == .webdav ? "PROPFIND" : "GET"
            let request = "\(method) \(target) HTTP/1.1\r\nHost: h\r\nDepth: 1\r\n\r\n"
            guard let first = form(request, body: [], dialect) else { continue }
            claim(first.path.first == UInt8(ascii: "/") && first.path.last == UInt8(ascii: "/"), "\(dialect) \(target)")
            claim(form(request, body: [], dialect).map { $0 == first } ?? false, "two readings of \(target)")
        }
    }

    /// A body is read for what it asks, and the same body asks the same.
    static func propfind(_ bytes: UnsafeRawBufferPointer) {
        let request = "PROPFIND /a/ HTTP/1.1\r\nHost: h\r\nDepth: 1\r\nContent-Length: \(bytes.count)\r\n\r\n"
        let first = form(request, body: Array(bytes), .webdav)?.form
        claim(form(request, body: Array(bytes), .webdav)?.form == first, "two readings of one body")
    }

    private static func form(_ request: String, body: [UInt8], _ dialect: Dialect) -> (path: [UInt8], form: [UInt8])? {
        var head = RequestHead()
        var form = FormBuffer()
        var bodies = BodyForms()
        return Array(request.utf8).withUnsafeBytes { bytes in
            guard case .complete = RequestParser.parse(bytes, into: &head, limits: RequestLimits()) else { return nil }
            let kind = body.withUnsafeBytes {
                dialect.classify(head, bytes: bytes, body: $0, into: &form, bodies: &bodies)
            }
            return kind == .listing ? (form.path, form.form) : nil
        }
    }
}
