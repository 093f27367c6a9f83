import RiffleHTTP

@testable import RiffleListings

/// One request in text, classified: what tests of the dialects ask with.
struct Asked: Sendable {
    var kind: RequestKind
    var path: String
    var form: [UInt8]

    var isListing: Bool { kind == .listing }

    /// - Parameter fields: lines such as `Depth: 1`.
    init(_ line: String, _ fields: [String] = [], body: String = "", dialect: Dialect = .webdav) {
        let bytes = Array(Self.head(line, fields).utf8)
        var buffer = FormBuffer()
        var bodies = BodyForms()
        kind = bytes.withUnsafeBytes { bytes in
            Array(body.utf8).withUnsafeBytes { body in
                var head = RequestHead()
                guard RequestParser.parse(bytes, into: &head) == .complete else { return .passThrough(.notAListing) }
                return dialect.classify(head, bytes: bytes, body: body, into: &buffer, bodies: &bodies)
            }
        }
        path = String(decoding: buffer.path, as: UTF8.self)
        form = buffer.form
    }

    static func head(_ line: String, _ fields: [String]) -> String {
        (["\(line) HTTP/1.1", "Host: files.test"] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
    }

    static func propfind(_ path: String, body: String = "", _ fields: [String] = ["Depth: 1"]) -> Asked {
        Asked("PROPFIND \(path)", fields, body: body)
    }
}

/// What a dialect makes of an answer.
func confirm(
    _ body: some Collection<UInt8>, at path: String = "/f/", dialect: Dialect = .webdav,
    depth: UInt8 = FormTag.depthOne,
    status: Int? = nil, type: String? = nil, encoding: String? = nil, propfind: String = ""
) -> Confirmation {
    var form = [FormTag.webdav, depth, FormTag.withSlash, UInt8(ascii: "x")]
    form += Asked.propfind("/", body: propfind).form.dropFirst(FormTag.count)
    return Array(body).withUnsafeBytes {
        dialect.confirm(
            status: status ?? (dialect == .webdav ? 207 : 200),
            contentType: type ?? (dialect == .webdav ? "text/xml; charset=\"utf-8\"" : "application/json"),
            contentEncoding: encoding, body: $0, path: Array(path.utf8), form: form)
    }
}

extension Confirmation {
    var shape: ListingShape? {
        if case .listing(let shape) = self { shape } else { nil }
    }

    var childFolders: [String]? {
        shape?.childFolders.map { String(decoding: $0, as: UTF8.self) }
    }
}
