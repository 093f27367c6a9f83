import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP

/// A stored response read back into fields and rules, for every request that is more than a plain GET of something fresh.
struct StoredResponse {
    let entry: Entry
    let fields: HTTPHeaders
    let lifetime: Lifetime
    /// When it was received, unix seconds.
    let receivedAt: Int

    /// - Parameters:
    ///   - now: monotonic milliseconds.
    ///   - wall: unix seconds at the same moment.
    init(_ entry: Entry, policy: GeneralPolicy, now: Int64, wall: Int) {
        self.entry = entry
        let fields = HeadImage(entry).fields
        self.fields = fields
        let life = entry.life
        receivedAt = wall - Int(max(0, now - life.receivedAt) / 1_000)
        lifetime = policy.restored(fields, of: entry, receivedAt: receivedAt)
    }

    func elapsed(at now: Int64) -> Int { Int(now - entry.life.receivedAt) }

    /// The words behind the status, as the origin said them.
    var reason: String? {
        let line = entry.withInline { String(decoding: $0.prefix(min(entry.headLength, 512)), as: UTF8.self) }
        let words = line.prefix { $0 != "\r\n" }.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        return words.count == 3 ? String(words[2]) : nil
    }

    var body: ByteBuffer { entry.body }
}
