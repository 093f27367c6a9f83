import Hummingbird

/// `ListObjects`, versions 1 and 2.
enum S3ListObjects {
    static let mostKeys = 1_000

    static func respond(_ request: S3Request, keys: S3Keys, _ principal: Principal) async throws -> Response {
        let isSecond = request["list-type"] == "2"
        guard isSecond || request["list-type"] == nil else { throw S3Error.notImplemented }
        let prefix = request["prefix"] ?? ""
        let folder = try? S3Keys.place(request.bucket, String(prefix.prefix(through: prefix.lastIndex(of: "/"))))
        try principal.requireRead(folder ?? S3Keys.place(request.bucket, ""))
        let limit = request["max-keys"].map { Int($0) } ?? mostKeys
        guard let limit, limit >= 0 else {
            throw S3Error(.badRequest, "InvalidArgument", "max-keys is no number of keys")
        }
        var after = isSecond ? request["start-after"] ?? "" : request["marker"] ?? ""
        if isSecond, let token = request["continuation-token"] {
            guard let name = position(token) else {
                throw S3Error(.badRequest, "InvalidArgument", "the continuation token is not valid")
            }
            after = name
        }
        let walk = S3Walk(
            keys: keys, bucket: request.bucket, prefix: prefix, delimiter: request["delimiter"] ?? "", after: after,
            limit: min(limit, mostKeys))
        let page = try await Blocking.run {
            try keys.requireBucket(walk.bucket)
            var walk = walk
            return try walk.run()
        }
        return S3XML.response(render(page, request, limit, isSecond))
    }

    private static func render(_ page: S3Page, _ request: S3Request, _ limit: Int, _ isSecond: Bool) -> String {
        let isEncoded = request["encoding-type"] == "url"
        func name(_ text: String) -> String {
            isEncoded ? S3Request.encode(text, slash: true) : XMLText.escape(text)
        }
        func echo(_ element: String, _ value: String?) -> String {
            value.map { "<\(element)>\(name($0))</\(element)>" } ?? ""
        }
        var out = "<ListBucketResult xmlns=\"\(S3XML.namespace)\"><Name>\(XMLText.escape(request.bucket))</Name>"
        out += echo("Prefix", request["prefix"] ?? "") + echo("Delimiter", request["delimiter"])
        out += "<MaxKeys>\(limit)</MaxKeys><IsTruncated>\(page.isTruncated)</IsTruncated>"
        if isEncoded { out += "<EncodingType>url</EncodingType>" }
        let last = page.entries.last?.name ?? ""
        if isSecond {
            out += "<KeyCount>\(page.entries.count)</KeyCount>" + echo("StartAfter", request["start-after"])
            if let token = request["continuation-token"] {
                out += "<ContinuationToken>\(XMLText.escape(token))</ContinuationToken>"
            }
            if page.isTruncated { out += "<NextContinuationToken>\(token(last))</NextContinuationToken>" }
        } else {
            out += echo("Marker", request["marker"] ?? "")
            if page.isTruncated, request["delimiter"] != nil { out += echo("NextMarker", last) }
        }
        let owner = isSecond && request["fetch-owner"] != "true" ? "" : "<Owner><ID>slow-origin</ID></Owner>"
        for case .object(let object) in page.entries {
            out += "<Contents><Key>\(name(object.key))</Key>"
            out += "<LastModified>\(S3XML.time(object.node.modified))</LastModified>"
            out += "<ETag>\(XMLText.escape(object.node.etag))</ETag><Size>\(object.node.size)</Size>"
            out += owner + "<StorageClass>STANDARD</StorageClass></Contents>"
        }
        for case .prefix(let prefix) in page.entries {
            out += "<CommonPrefixes><Prefix>\(name(prefix))</Prefix></CommonPrefixes>"
        }
        return out + "</ListBucketResult>"
    }

    /// Opaque to clients: the last name of the page in hexadecimal digits.
    private static func token(_ name: String) -> String { S3Hash.hex(Array(name.utf8)) }

    private static func position(_ token: String) -> String? {
        let digits = Array(token.utf8)
        guard digits.count % 2 == 0, !digits.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension String {
    /// Up to and with the character there; empty for nil.
    fileprivate func prefix(through end: Index?) -> Substring {
        guard let end else { return "" }
        return self[...end]
    }
}
