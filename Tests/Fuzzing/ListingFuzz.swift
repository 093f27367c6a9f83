import RiffleHTTP
import RiffleListings

/// What origins answer and clients ask in the dialects: bodies of any shape, within bounded memory.
enum ListingFuzz {
    private static let targets: [Dialect: String] = [
        .webdav: "/a/", .autoindex: "/a/", .graph: "/v1.0/me/drive/root/children",
        .s3: "/bucket?list-type=2&prefix=a%2F&delimiter=%2F",
    ]
    private static let rules: DialectRules = {
        var rules = DialectRules()
        rules.s3.servesListings = true
        return rules
    }()

    /// Listings read as they come mean what they mean at once; members lie in their folder.
    static func confirm(_ dialect: Dialect, _ bytes: UnsafeRawBufferPointer) {
        let method = dialect == .webdav ? "PROPFIND" : "GET"
        let request = "\(method) \(targets[dialect] ?? "/") HTTP/1.1\r\nHost: h\r\nDepth: 1\r\n\r\n"
        guard let form = form(request, body: [], dialect) else { return claim(false, "the request is no listing") }
        let status = dialect == .webdav ? 207 : 200
        let type = dialect == .webdav || dialect == .s3 ? "application/xml" : "application/json"
        let answer = dialect.confirm(
            status: status, contentType: type, contentEncoding: nil, body: bytes, path: form.path, form: form.form,
            rules: rules)
        var reader = ListingReader(
            dialect, status: status, contentType: type, path: form.path, form: form.form, rules: rules)
        for start in stride(from: 0, to: bytes.count, by: 5) {
            reader.take(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 5, bytes.count)]))
            claim(reader.settled <= min(start + 5, bytes.count), "more is settled than has come")
        }
        let pieced = reader.finish()
        if case .listing = answer { claim(pieced == answer, "another listing in pieces") }
        if case .listing = pieced { claim(pieced == answer, "a listing in pieces only") }
        guard case .listing(let shape) = answer, dialect == .webdav || dialect == .autoindex else { return }
        for child in shape.childFolders {
            let isBelow = child.starts(with: form.path) && child.count > form.path.count
            claim(isBelow && child.last == UInt8(ascii: "/"), "a child elsewhere")
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
                dialect.classify(head, bytes: bytes, body: $0, rules: rules, into: &form, bodies: &bodies)
            }
            return kind == .listing ? (form.path, form.form) : nil
        }
    }
}
