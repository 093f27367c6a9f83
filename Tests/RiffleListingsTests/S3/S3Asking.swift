import RiffleHTTP

@testable import RiffleListings

/// Requests to S3 in text, as the dialect reads them.
enum S3Asking {
    static var rules: DialectRules {
        var rules = DialectRules()
        rules.s3.servesListings = true
        rules.s3.domains = [Array("s3.test".utf8)]
        return rules
    }

    struct Asked {
        var kind: RequestKind
        var path: String
        var form: [UInt8]
    }

    static func ask(
        _ line: String, _ fields: [String] = [], host: String = "files.test", rules: DialectRules = rules
    ) -> Asked {
        parsed(line, fields, host: host) { head, bytes in
            var buffer = FormBuffer()
            var bodies = BodyForms()
            let kind = Dialect.s3.classify(
                head, bytes: bytes, body: .init(start: nil, count: 0), rules: rules, into: &buffer, bodies: &bodies)
            return Asked(kind: kind, path: String(decoding: buffer.path, as: UTF8.self), form: buffer.form)
        } ?? Asked(kind: .passThrough(.notAListing), path: "", form: [])
    }

    static func effects(
        _ line: String, _ fields: [String] = [], host: String = "files.test", body: String? = nil
    ) -> WriteEffects? {
        parsed(line, fields, host: host) { head, bytes in
            Dialect.s3.effects(of: head, bytes: bytes, body: body.map { Array($0.utf8) }, rules: rules)
        }
    }

    static func parsed<Result>(
        _ line: String, _ fields: [String], host: String, _ read: (RequestHead, UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        let text = (["\(line) HTTP/1.1", "Host: \(host)"] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
        return Array(text.utf8).withUnsafeBytes { bytes in
            var head = RequestHead()
            guard RequestParser.parse(bytes, into: &head) == .complete else { return nil }
            return read(head, bytes)
        }
    }

    /// What the dialect makes of an answer to `line`.
    static func confirm(_ line: String, _ body: String, status: Int = 200, type: String = "application/xml")
        -> Confirmation
    {
        let asked = ask(line)
        return Array(body.utf8).withUnsafeBytes {
            Dialect.s3.confirm(
                status: status, contentType: type, contentEncoding: nil, body: $0, path: Array(asked.path.utf8),
                form: asked.form, rules: rules)
        }
    }
}
