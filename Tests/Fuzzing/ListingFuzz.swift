import RiffleHTTP
import RiffleListings

/// What origins answer and clients ask in the dialects: bodies of any shape, within bounded memory.
enum ListingFuzz {
    static func confirm(_ dialect: Dialect, _ bytes: UnsafeRawBufferPointer) {
        let isWebDAV = dialect == .webdav
        let request =
            isWebDAV
            ? "PROPFIND /a/ HTTP/1.1\r\nHost: h\r\nDepth: 1\r\n\r\n"
            : "GET /a/ HTTP/1.1\r\nHost: h\r\n\r\n"
        guard let form = form(request, body: [], dialect) else { return claim(false, "the request is no listing") }
        let answer = dialect.confirm(
            status: isWebDAV ? 207 : 200, contentType: isWebDAV ? "application/xml" : "application/json",
            contentEncoding: nil, body: bytes, path: Array("/a/".utf8), form: form)
        guard case .listing(let shape) = answer else { return }
        for child in shape.childFolders {
            let isBelow = child.starts(with: Array("/a/".utf8)) && child.count > 3 && child.last == UInt8(ascii: "/")
            claim(isBelow, "a child elsewhere")
        }
    }

    /// A body is read for what it asks, and the same body asks the same.
    static func propfind(_ bytes: UnsafeRawBufferPointer) {
        let request = "PROPFIND /a/ HTTP/1.1\r\nHost: h\r\nDepth: 1\r\nContent-Length: \(bytes.count)\r\n\r\n"
        let first = form(request, body: Array(bytes), .webdav)
        claim(form(request, body: Array(bytes), .webdav) == first, "two readings of one body")
    }

    private static func form(_ request: String, body: [UInt8], _ dialect: Dialect) -> [UInt8]? {
        var head = RequestHead()
        var form = FormBuffer()
        var bodies = BodyForms()
        return Array(request.utf8).withUnsafeBytes { bytes -> [UInt8]? in
            guard case .complete = RequestParser.parse(bytes, into: &head, limits: RequestLimits()) else { return nil }
            let kind = body.withUnsafeBytes {
                dialect.classify(head, bytes: bytes, body: $0, into: &form, bodies: &bodies)
            }
            return kind == .listing ? Array(form.form) : nil
        }
    }
}
