import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import Synchronization

/// In which coding one client gets a stored listing.
enum Representation {
    /// The entry's own bytes answer.
    case whole(Entry)
    /// The entry has the head alone; its body is inflated piece by piece.
    case inflated(head: Entry, InflatedBody)

    /// For the way of a hit: an entry whose bytes answer the client as they are; nil when one must be made first.
    ///
    /// Most clients ask for nothing and most listings are plain: those never come here.
    static func atHand(_ entry: Entry, _ accepted: AcceptEncoding) -> Entry? {
        guard entry.holdsGzip else { return accepted.refusesPlain ? nil : entry }
        return accepted.prefersGzip ? entry : entry.plain
    }

    /// For all other ways: the representation that fits, made where it is not at hand. A plain copy that was made for
    /// the first time is kept with its entry in `memory`.
    ///
    /// - Returns: nil for a body that can't be read back.
    static func of(_ entry: Entry, for accepted: AcceptEncoding, in memory: MemoryTier) -> Representation? {
        if let ready = atHand(entry, accepted) { return .whole(ready) }
        guard entry.holdsGzip else { return .whole(coded(entry) ?? entry) }
        let body = entry.body
        let length = GzipReader.plainLength(body)
        guard length <= CodingRule.largestPlainCopy else {
            guard let stream = InflatedBody(body, length: length) else { return nil }
            return .inflated(head: plain(entry, length: length, body: ByteBuffer()), stream)
        }
        guard let bytes = InflatedBody.whole(body, length: length) else { return nil }
        let copy = plain(entry, length: length, body: bytes)
        // Who asked for it has been counted as a reader of the entry: the copy's next reader is not its first.
        copy.unusedPrefetch.store(false, ordering: .relaxed)
        copy.hits.store(1, ordering: .relaxed)
        keep(copy, beside: entry, in: memory)
        return .whole(copy)
    }

    /// Only where the entry is still the one stored: a listing that was voided or displaced meanwhile stays away.
    private static func keep(_ copy: Entry, beside entry: Entry, in memory: MemoryTier) {
        let stored = entry.key.bytes.withUnsafeBytes { memory.peek($0, hash: entry.hash) }
        guard stored === entry else { return }
        if !memory.insert(entry.with(plain: copy)) { memory.insert(entry) }
    }

    /// The answer with a plain body; `length` stands in its head whatever `body` is given.
    private static func plain(_ entry: Entry, length: Int, body: ByteBuffer) -> Entry {
        EntryBuilder.entry(like: entry, fields: CodedFields.plain(entry), length: length, body: body, coding: .plain)
    }

    /// The answer as gzip, for the rare client that refuses plain bodies; nil where nobody may code it.
    private static func coded(_ entry: Entry) -> Entry? {
        let fields = CodedFields.origin(entry)
        guard CodingRule.mayChange(fields), !fields.contains(name: "content-encoding"),
            entry.bodyLength <= CodingRule.largestPlainCopy, let writer = GzipWriter()
        else { return nil }
        let body = writer.coded(entry.body)
        return EntryBuilder.entry(
            like: entry, fields: CodedFields.stored(fields, .gzipMadeHere), length: body.readableBytes, body: body,
            coding: .gzipMadeHere)
    }
}
