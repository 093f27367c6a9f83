import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleListings
import Synchronization

/// The rows of one stored listing with the bytes they lie in.
final class RowIndex: Sendable {
    let rows: ListingRows
    let fields: HTTPHeaders
    let status: Int
    private let body: [UInt8]

    /// Nil when the entry is no listing that rows can be cut from.
    init?(_ entry: Entry) {
        guard let body = entry.plainBody.map({ Array($0.readableBytesView) }),
            let rows = body.withUnsafeBytes({ ListingRows($0) })
        else { return nil }
        self.rows = rows
        self.body = body
        status = entry.status
        var fields = CodedFields.origin(entry)
        for name in ["content-length", "content-encoding", "etag", "last-modified"] { fields.remove(name: name) }
        self.fields = fields
    }

    var cost: Int { body.count + rows.count * MemoryLayout<ListingRows.Row>.stride }

    func row(_ path: [UInt8]) -> ListingRows.Row? {
        body.withUnsafeBytes { rows.row(path, in: $0) }
    }

    func tag(_ row: ListingRows.Row) -> [UInt8] {
        body.withUnsafeBytes { rows.tag(row, in: $0) }
    }

    /// The answer that names this member alone.
    func answer(_ row: ListingRows.Row) -> FillResponse {
        let document = body.withUnsafeBytes { rows.document(row, in: $0) }
        return FillResponse(status: status, reason: "", fields: fields, body: ByteBuffer(bytes: document))
    }
}

/// Row indexes of the listings lately derived from, bounded in bytes. Reading a listing's rows takes about as long as
/// confirming it did; looking one up takes microseconds.
final class RowIndexes: Sendable {
    /// Bytes of all indexes together.
    static let limit = 8 << 20
    /// Longer listings are not indexed: no loop shall stall on one.
    static let largestBody = 1 << 20

    /// Which stored listing an index belongs to; entries are immutable.
    private struct Name: Hashable {
        let hash: UInt64
        let generation: UInt64
        let receivedAt: Int64
        let length: Int

        init(_ entry: Entry) {
            hash = entry.hash
            generation = entry.generation.value
            receivedAt = entry.life.receivedAt
            length = entry.bodyLength
        }
    }

    /// Two generations: when the younger has half of the limit it becomes the older, whose unused rest is forgotten.
    private struct State {
        var young: [Name: RowIndex?] = [:]
        var old: [Name: RowIndex?] = [:]
        var bytes = 0

        mutating func add(_ index: RowIndex?, _ name: Name) {
            let cost = (index?.cost ?? 0) + RowIndexes.overhead
            if bytes + cost > RowIndexes.limit / 2 { (old, young, bytes) = (young, [:], 0) }
            young[name] = .some(index)
            bytes += cost
        }
    }

    /// What an index costs besides its rows; one that could not be made is remembered too.
    private static let overhead = 256

    private let state = Mutex(State())

    /// The rows of an entry; nil when none can be cut from it. O(body) the first time.
    func index(of entry: Entry) -> RowIndex? {
        guard entry.plainLength <= Self.largestBody else { return nil }
        let name = Name(entry)
        let known: RowIndex?? = state.withLock { state in
            if let found = state.young[name] { return .some(found) }
            guard let found = state.old[name] else { return nil }
            state.add(found, name)
            return .some(found)
        }
        if let known { return known }
        let index = RowIndex(entry)
        state.withLock { $0.add(index, name) }
        return index
    }
}
