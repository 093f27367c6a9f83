import RiffleHTTP
import RiffleSigning

/// Which requests list a folder of S3: GET of a bucket, version 1 or 2, with nothing in its query but what shapes a
/// listing. The folder is the bucket with the prefix up to its last slash; a listing without delimiter shows everything
/// below, which is why a write voids every folder above its key.
///
/// Pages of version 1 go on from the last key that a client saw, whatever has changed since: nothing binds them to their
/// first page, so only first pages are listings here.
struct S3Form: Equatable {
    var version: UInt8
    /// What the prefix has behind its last slash.
    var rest: [UInt8]
    var delimiter: [UInt8]?
    var maxKeys: [UInt8]?
    var startAfter: [UInt8]?
    var continuation: [UInt8]?
    var fetchOwner: [UInt8]?
    var encoding: [UInt8]?

    static let versionOne = UInt8(ascii: "1")
    static let versionTwo = UInt8(ascii: "2")

    var isURLEncoded: Bool { encoding.map { $0.elementsEqual("url".utf8) } ?? false }
    /// Whether the same form can be asked of another folder.
    var isFirstPageOfFolder: Bool { rest.isEmpty && startAfter == nil && continuation == nil }

    /// Parameters that say who asks, not what for.
    static let ofSignature: [StaticString] = [
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
        "X-Amz-Content-Sha256", "X-Amz-Security-Token", "x-id",
    ]
    private static let shaping: [StaticString] = [
        "list-type", "prefix", "delimiter", "max-keys", "marker", "start-after", "continuation-token", "fetch-owner",
        "encoding-type",
    ]

    // MARK: Reading a request

    /// Fills `form`; the cause when the request is no listing that may be answered.
    static func bypass(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, _ rules: S3Rules,
        _ buffer: inout FormBuffer
    ) -> BypassCause? {
        guard head.method == .get || head.method == .head, body.isEmpty else { return .notAListing }
        guard let target = S3Target(head, bytes, rules) else { return .ambiguousPath }
        guard target.key.isEmpty, target.bucketIsNamable else { return .notAListing }
        guard rules.servesListings else { return .signedForOne }
        guard !head.has(.range) else { return .range }
        guard !head.has(.ifMatch), !head.has(.ifUnmodifiedSince), !head.has(.ifRange) else { return .conditional }
        var query = QueryPairs()
        guard query.read(UnsafeRawBufferPointer(rebasing: bytes[head.query.range])) else { return .ambiguousPath }
        guard let (form, prefix) = read(query) else { return .notAListing }
        buffer.path.append(contentsOf: S3Target.folder(bucket: target.bucket, prefix: prefix))
        form.append(to: &buffer)
        appendFields(head, bytes, to: &buffer)
        buffer.appendAccept(head, bytes)
        return buffer.path.count <= FormBuffer.capacity && buffer.form.count <= FormBuffer.capacity ? nil : .notAListing
    }

    /// The form that a query asks for, and its whole prefix; nil when it asks for something else.
    private static func read(_ query: QueryPairs) -> (S3Form, prefix: [UInt8])? {
        guard query.hasOnly(shaping + ofSignature) else { return nil }
        // A repeated parameter has no value, but it is there: servers differ on which one counts.
        for name in shaping where query.has(name) && query.value(name) == nil { return nil }
        let version: UInt8
        switch query.value("list-type") {
        case nil: version = versionOne
        case [versionTwo]?: version = versionTwo
        default: return nil
        }
        let isFirst = version == versionTwo || (query.value("marker") ?? []).isEmpty
        guard isFirst else { return nil }
        let prefix = query.value("prefix") ?? []
        let end = prefix.lastIndex(of: FolderPath.slash).map { $0 + 1 } ?? 0
        func present(_ name: StaticString) -> [UInt8]? { query.value(name).flatMap { $0.isEmpty ? nil : $0 } }
        let form = S3Form(
            version: version, rest: Array(prefix[end...]), delimiter: present("delimiter"),
            maxKeys: query.value("max-keys"), startAfter: version == versionTwo ? present("start-after") : nil,
            continuation: version == versionTwo ? query.value("continuation-token") : nil,
            fetchOwner: version == versionTwo ? query.value("fetch-owner") : nil,
            encoding: query.value("encoding-type"))
        return (form, prefix)
    }

    /// Fields that change what is answered: who pays, whose bucket it must be, what is told of each object, and the site that
    /// a browser asks for.
    private static func appendFields(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, to buffer: inout FormBuffer
    ) {
        for name in [
            "x-amz-request-payer", "x-amz-expected-bucket-owner", "x-amz-optional-object-attributes", "origin",
        ]
            as [StaticString]
        {
            for field in head.fields where field.known == nil {
                if ASCII.matches(UnsafeRawBufferPointer(rebasing: bytes[field.name.range]), name) {
                    buffer.appendField(UnsafeRawBufferPointer(rebasing: bytes[field.value.range]))
                }
            }
            buffer.appendAbsentField()
        }
    }

    // MARK: As bytes

    private var parts: [[UInt8]?] { [rest, delimiter, maxKeys, startAfter, continuation, fetchOwner, encoding] }

    private func append(to buffer: inout FormBuffer) {
        buffer.appendTag(dialect: FormTag.s3, depth: version, slash: FormTag.none, type: FormTag.none)
        for part in parts {
            if let part { part.withUnsafeBytes { buffer.appendField($0) } } else { buffer.appendAbsentField() }
        }
    }

    /// Reads a form back; nil for bytes of another dialect.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= FormTag.count, bytes[0] == FormTag.s3 else { return nil }
        var position = FormTag.count
        var parts: [[UInt8]?] = []
        for _ in 0..<7 {
            guard position < bytes.count else { return nil }
            if bytes[position] == 0xFF {
                parts.append(nil)
                position += 1
                continue
            }
            guard position + 3 <= bytes.count else { return nil }
            let length = Int(bytes[position]) << 16 | Int(bytes[position + 1]) << 8 | Int(bytes[position + 2])
            position += 3
            guard position + length <= bytes.count else { return nil }
            parts.append(Array(bytes[position..<position + length]))
            position += length
        }
        guard let rest = parts[0] else { return nil }
        self.init(
            version: bytes[FormTag.depth], rest: rest, delimiter: parts[1], maxKeys: parts[2], startAfter: parts[3],
            continuation: parts[4], fetchOwner: parts[5], encoding: parts[6])
    }

    private init(
        version: UInt8, rest: [UInt8], delimiter: [UInt8]?, maxKeys: [UInt8]?, startAfter: [UInt8]?,
        continuation: [UInt8]?, fetchOwner: [UInt8]?, encoding: [UInt8]?
    ) {
        self.version = version
        self.rest = rest
        self.delimiter = delimiter
        self.maxKeys = maxKeys
        self.startAfter = startAfter
        self.continuation = continuation
        self.fetchOwner = fetchOwner
        self.encoding = encoding
    }

    /// The target that asks for the folder `path` in this form, the bucket in the path; nil where it is no first page.
    func target(of path: [UInt8]) -> [UInt8]? {
        guard isFirstPageOfFolder, let folder = S3Target.prefix(ofFolder: path) else { return nil }
        var query: [UInt8] = []
        func add(_ name: String, _ value: [UInt8]?) {
            guard let value else { return }
            query.append(query.isEmpty ? UInt8(ascii: "?") : UInt8(ascii: "&"))
            query.append(contentsOf: name.utf8)
            query.append(UInt8(ascii: "="))
            URIBytes.encode(value, keepsSlash: false, into: &query)
        }
        add("delimiter", delimiter)
        add("encoding-type", encoding)
        add("fetch-owner", fetchOwner)
        if version == Self.versionTwo { add("list-type", [version]) }
        add("max-keys", maxKeys)
        add("prefix", folder.key)
        return S3Target(bucket: folder.bucket, key: []).path + query
    }
}
