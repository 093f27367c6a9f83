import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP

/// Makes the entry of a confirmed listing: the answer's head as clients will get it, its body, and how long it lives.
struct EntryBuilder: Sendable {
    let naming: FolderNaming
    let memory: MemoryTier

    /// Fields that are said anew with every hit, or that belong to the one who filled.
    private static let perAnswer = ["age", "cache-status", "connection", "content-length", "set-cookie", "set-cookie2"]

    /// - Parameter body: the answer's body as it is to be kept.
    func entry(
        for work: ListingWork, response: FillResponse, body: CodedBody, generation: Generation, life: EntryLife,
        prefetched: Bool, fillMilliseconds: Int64, names: [[UInt8]]
    ) -> Entry {
        make(
            key: work.key, hash: work.hash, folder: naming.folder(work.key.path), status: response.status,
            reason: response.reason, fields: response.fields, body: body, generation: generation, life: life,
            aliases: names.map { naming.folder($0) }, prefetched: prefetched, fillMilliseconds: fillMilliseconds)
    }

    /// The stored fields with those a 304 brought in their place (RFC 9111 §3.2).
    func mergedFields(of stored: Entry, with response: FillResponse) -> HTTPHeaders {
        var fields = CodedFields.origin(stored)
        UpdateStored.apply(response.fields, to: &fields)
        return fields
    }

    /// The entry with a new life under the fields given.
    func refreshed(
        _ stored: Entry, for work: ListingWork, fields: HTTPHeaders, generation: Generation, life: EntryLife,
        fillMilliseconds: Int64
    ) -> Entry {
        make(
            key: work.key, hash: work.hash, folder: stored.folder, status: stored.status, reason: nil,
            fields: fields, body: CodedBody(bytes: stored.body, coding: stored.coding), kept: stored.storedBody,
            generation: generation, life: life, aliases: stored.aliases, prefetched: false,
            fillMilliseconds: fillMilliseconds)
    }

    /// - Parameters:
    ///   - fields: as the origin said them.
    ///   - kept: the body where it lies apart from its head already.
    private func make(
        key: CacheKey, hash: UInt64, folder: FolderID, status: Int, reason: String?, fields: HTTPHeaders,
        body: CodedBody, kept: StoredBody? = nil, generation: Generation, life: EntryLife, aliases: [FolderID],
        prefetched: Bool, fillMilliseconds: Int64
    ) -> Entry {
        let large = kept ?? memory.stored(body.bytes)
        let (image, headLength) = Self.image(
            status: status, reason: reason, fields: CodedFields.stored(fields, body.coding),
            length: body.bytes.readableBytes, body: large == nil ? body.bytes : ByteBuffer())
        return Entry(
            key: key, hash: hash, folder: folder, generation: generation, image: image, headLength: headLength,
            status: status, life: life, aliases: aliases, entityTag: Array((fields.first(name: "etag") ?? "").utf8),
            hasLastModified: fields.contains(name: "last-modified"), prefetched: prefetched, coding: body.coding,
            fillMilliseconds: Int(fillMilliseconds), body: large)
    }

    /// The same answer in another coding.
    ///
    /// - Parameter length: what the head says of the body, which may follow by another way.
    static func entry(
        like entry: Entry, fields: HTTPHeaders, length: Int, body: ByteBuffer, coding: BodyCoding
    ) -> Entry {
        let stored = StoredBody.alone(body)
        let (image, headLength) = image(
            status: entry.status, reason: nil, fields: fields, length: length,
            body: stored == nil ? body : ByteBuffer())
        return Entry(
            key: entry.key, hash: entry.hash, folder: entry.folder, generation: entry.generation, image: image,
            headLength: headLength, status: entry.status, life: entry.life, aliases: entry.aliases,
            entityTag: Array((fields.first(name: "etag") ?? "").utf8), hasLastModified: entry.hasLastModified,
            prefetched: entry.prefetched, coding: coding, body: stored)
    }

    private static func image(
        status: Int, reason: String?, fields: HTTPHeaders, length: Int, body: ByteBuffer
    ) -> (ByteBuffer, headLength: Int) {
        var fields = fields
        for name in perAnswer { fields.remove(name: name) }
        fields.add(name: "Content-Length", value: String(length))
        var serialised = ByteBuffer()
        ResponseHead(status: status, reason: reason, fields: fields).serialise(into: &serialised)
        let headLength = serialised.readableBytes
        serialised.writeImmutableBuffer(body)
        return (serialised, headLength)
    }
}

/// Reads a stored head back into fields, for the few answers that need them one by one.
struct HeadImage {
    let fields: HTTPHeaders

    init(_ entry: Entry) {
        var fields = HTTPHeaders()
        let text = entry.withInline { String(decoding: $0.prefix(entry.headLength), as: UTF8.self) }
        for line in text.split(separator: "\r\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields.add(
                name: String(line[..<colon]), value: String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        self.fields = fields
    }
}
