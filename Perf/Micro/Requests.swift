import RiffleCache
import RiffleHTTP
import RiffleListings

/// What a request costs before the tier is asked: the strict grammar, the dialect's form of it, the hash of its key.
enum Requests {
    static var all: [Micro] {
        [
            scanner("scanner: GET of a tool", fields: ["Host: files.test", "User-Agent: curl/8.9", "Accept: */*"]),
            scanner("scanner: GET of a browser", fields: browser),
            form("form: GET of a folder", "GET /dav/Projects/2026/ HTTP/1.1", [], "", .autoindex),
            form("form: PROPFIND without a body", propfind, ["Depth: 1"], "", .webdav),
            form("form: PROPFIND with 300 bytes", propfind, ["Depth: 1"], properties, .webdav),
            hash,
        ]
    }

    private static let propfind = "PROPFIND /dav/Projects/2026/ HTTP/1.1"

    private static let browser = [
        "Host: files.test", "Connection: keep-alive", "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:144.0)",
        "Accept: application/json, text/plain, */*", "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
        "Accept-Encoding: gzip, deflate, br, zstd", "Referer: https://files.test/apps/files/",
        "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark", "Sec-Fetch-Dest: empty",
        "Sec-Fetch-Mode: cors", "Sec-Fetch-Site: same-origin", "If-None-Match: \"63f0c1d2e3\"",
    ]

    private static let properties = """
        <?xml version="1.0" encoding="UTF-8"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop>\
        <d:getlastmodified/><d:getetag/><d:getcontenttype/><d:resourcetype/><d:getcontentlength/><oc:fileid/>\
        <oc:permissions/><oc:size/><oc:favorite/><oc:share-types/></d:prop></d:propfind>
        """

    private static func bytes(_ line: String, _ fields: [String]) -> [UInt8] {
        Array(([line] + fields).map { $0 + "\r\n" }.joined().utf8) + Array("\r\n".utf8)
    }

    private static func scanner(_ name: String, fields: [String]) -> Micro {
        let text = bytes("GET /dav/Projects/2026/ HTTP/1.1", fields)
        return Micro(name: name, allowed: 0) { count in
            var head = RequestHead()
            var sum = 0
            text.withUnsafeBytes { text in
                for _ in 0..<count where RequestParser.parse(text, into: &head) == .complete { sum &+= head.length }
            }
            return sum
        }
    }

    private static func form(
        _ name: String, _ line: String, _ fields: [String], _ body: String, _ dialect: Dialect
    ) -> Micro {
        let text = bytes(line, ["Host: files.test"] + fields)
        let body = Array(body.utf8)
        return Micro(name: name, allowed: 0) { count in
            var (head, form, bodies, sum) = (RequestHead(), FormBuffer(), BodyForms(), 0)
            text.withUnsafeBytes { text in
                body.withUnsafeBytes { body in
                    guard RequestParser.parse(text, into: &head) == .complete else { return }
                    for _ in 0..<count {
                        let kind = dialect.classify(head, bytes: text, body: body, into: &form, bodies: &bodies)
                        if kind == .listing { sum &+= form.form.count }
                    }
                }
            }
            return sum
        }
    }

    private static var hash: Micro {
        let key = Samples.key("/dav/Projects/2026/")
        return Micro(name: "key: hash of 60 bytes", allowed: 0) { count in
            key.bytes.withUnsafeBytes { key in
                (0..<count).reduce(0) { sum, _ in sum &+ Int(truncatingIfNeeded: MemoryTier.hash(key)) }
            }
        }
    }
}
