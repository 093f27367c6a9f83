import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleTelemetry

/// Answers a `$batch` out of memory when every request in it is a hit there for whoever sent the batch; else the origin gets
/// the batch as it came. Confined to its loop.
struct BatchHits {
    /// Plain bytes of one answer.
    private static let longestAnswer = 16 << 20
    /// Of the batch's own fields: whose it is, and whether an answer out of the cache is wanted.
    private static let inherited = ["host", "authorization", "cookie", "cache-control", "pragma"]
    /// Of a stored listing's fields, what clients of a batch get with its answer.
    private static let told = ["Content-Type", "Cache-Control", "ETag", "OData-Version", "Preference-Applied"]

    let front: Front

    /// - Returns: whether the batch is answered.
    func answer(_ exchange: Exchange, _ dialect: Dialect, _ body: ByteBuffer) -> Bool {
        let request = exchange.request
        guard let reads = dialect.batchReads(of: Array(request.target.utf8), body: Array(body.readableBytesView)) else {
            return false
        }
        var own: [UInt8] = []
        for name in Self.inherited {
            for value in request.fields[name] { own += Array("\(name): \(value)\r\n".utf8) }
        }
        // In whatever coding it is kept.
        own += Array("accept-encoding: gzip\r\n\r\n".utf8)
        var hits: [Hit] = []
        var length = 0
        for read in reads {
            guard let hit = hit(read, own, request), hit.entry.status == 200 else { return false }
            length += hit.entry.plainLength
            guard length <= Self.longestAnswer else { return false }
            hits.append(hit)
        }
        var parts: [BatchRead.Part] = []
        for (read, hit) in zip(reads, hits) {
            guard let part = part(read, hit.entry) else { return false }
            parts.append(part)
        }
        for hit in hits { front.opened(hit.entry, now: hit.now, peer: exchange.peer) }
        front.report(exchange, Verdict(.hit, tier: .memory))
        let end = hits.map(\.entry.life.freshUntil).min() ?? 0
        let status = StatusField.memory(ttl: end - (hits.first?.now ?? end))
        exchange.respond(
            ResponseHead(status: 200, fields: ["Content-Type": "application/json", StatusField.name: status]),
            body: ByteBuffer(bytes: BatchRead.answer(parts)))
        return true
    }

    /// What memory says to one request; nil unless it is a fresh hit.
    private func hit(_ read: BatchRead, _ own: [UInt8], _ request: RequestMessage) -> Hit? {
        var bytes: [UInt8] = []
        read.write(into: &bytes)
        bytes += own
        return bytes.withUnsafeBytes { bytes in
            var head = RequestHead()
            guard case .complete = RequestParser.parse(bytes, into: &head, limits: front.requestLimits),
                head.length == bytes.count
            else { return nil }
            let empty = UnsafeRawBufferPointer(start: nil, count: 0)
            guard case .hit(let hit) = front.answer(head, bytes: bytes, body: empty, certificate: request.certificate),
                hit.verdict.outcome == .hit, !hit.isNotModified
            else { return nil }
            return hit
        }
    }

    private func part(_ read: BatchRead, _ entry: Entry) -> BatchRead.Part? {
        let fields = CodedFields.plain(entry)
        guard fields.first(name: "content-type")?.lowercased().hasPrefix("application/json") == true,
            let body = entry.plainBody, body.readableBytes > 0
        else { return nil }
        let told = Self.told.compactMap { name in fields.first(name: name).map { (name: name, value: $0) } }
        return BatchRead.Part(id: read.id, status: entry.status, fields: told, body: Array(body.readableBytesView))
    }
}
