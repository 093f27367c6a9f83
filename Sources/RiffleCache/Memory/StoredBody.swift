import NIOCore
import Synchronization

/// The body of a large listing, kept once for all entries that hold the same bytes, whoever they belong to.
///
/// One of its owners pays for it out of its shard's limit; when that one leaves, another takes over. See ``BodyPool`` for
/// why nobody can tell whether he shares.
package final class StoredBody: Sendable {
    package let buffer: ByteBuffer
    /// nil for a body that is not in the pool.
    private let pool: BodyPool?
    let name: Hash128
    private let ownership = Mutex(Ownership())

    private struct Ownership {
        var owners: [ObjectIdentifier: Entry] = [:]
        var payer: Entry?
    }

    init(_ buffer: ByteBuffer, name: Hash128 = Hash128(high: 0, low: 0), pool: BodyPool? = nil) {
        self.buffer = buffer
        self.name = name
        self.pool = pool
    }

    /// A large body that nobody else holds, as it is stored apart from its head; nil for a small one.
    package static func alone(_ body: ByteBuffer) -> StoredBody? {
        body.readableBytes > Entry.largestInlineBody ? StoredBody(body.exact()) : nil
    }

    deinit {
        pool?.forget(name)
    }

    /// Bytes it takes from the allocator, with its objects and its place in the pool.
    var allocated: Int { Self.overhead + EntryBlock.allocated(buffer.storageCapacity) }

    private static let overhead = 320

    /// An entry that is about to be stored holds it. The first one pays.
    func join(_ entry: Entry) {
        ownership.withLock { ownership in
            ownership.owners[ObjectIdentifier(entry)] = entry
            if ownership.payer == nil { ownership.payer = entry }
            entry.paysForBody.store(ownership.payer === entry, ordering: .relaxed)
        }
    }

    /// An entry is no longer stored.
    ///
    /// - Returns: who pays from now on, when that was the one that left.
    func leave(_ entry: Entry) -> Entry? {
        ownership.withLock { ownership in
            ownership.owners[ObjectIdentifier(entry)] = nil
            guard ownership.payer === entry else { return nil }
            ownership.payer = ownership.owners.first?.value
            ownership.payer?.paysForBody.store(true, ordering: .relaxed)
            return ownership.payer
        }
    }
}

/// Large bodies by their content.
///
/// What a principal could notice, and why he can't. *The answer*: its head, age and status are his entry's own; only bytes
/// that are equal anyway are shared, and they are compared in full, so a collision shares nothing. *The time of a fill*:
/// each body is digested, copied and compared whether it was there or not. *The time of a hit*: one path for every large
/// body. *How long his entry stays*: its worth is reckoned with its whole size, whoever pays. *The digest*: keyed with
/// random bytes of this process and told to nobody. What remains is whether the bytes lie in a processor's cache because
/// somebody else has just read them, which a network hides, and only tells it to one who has the same bytes.
package final class BodyPool: Sendable {
    private static let parts = 16

    private struct Known {
        weak var body: StoredBody?
    }

    private final class Part: Sendable {
        let known = Mutex<[Hash128: Known]>([:])
    }

    private let key: [UInt8]
    private let parts: [Part]

    package init() {
        var generator = SystemRandomNumberGenerator()
        key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        parts = (0..<Self.parts).map { _ in Part() }
    }

    /// The one body with these bytes.
    package func body(_ bytes: ByteBuffer) -> StoredBody {
        let copy = bytes.exact()
        let name = copy.withUnsafeReadableBytes { hmacSHA256(key: key, $0) }
        let made = StoredBody(copy, name: name, pool: self)
        let found = part(name).known.withLock { known in
            if let body = known[name]?.body { return body }
            known[name] = Known(body: made)
            return made
        }
        // The new body is compared too, with itself: the same work for everybody.
        let equal = found.buffer.withUnsafeReadableBytes { found in
            copy.withUnsafeReadableBytes { found.count == $0.count && found.elementsEqualFast($0) }
        }
        return equal ? found : StoredBody(copy)
    }

    /// Bodies in use.
    var count: Int { parts.reduce(0) { $0 + $1.known.withLock { $0.count } } }

    fileprivate func forget(_ name: Hash128) {
        // One with the same bytes may have come in its place; it must not end under this lock, where it would ask for it.
        let other = part(name).known.withLock { known -> StoredBody? in
            if let body = known[name]?.body { return body }
            known[name] = nil
            return nil
        }
        withExtendedLifetime(other) {}
    }

    private func part(_ name: Hash128) -> Part {
        parts[Int(truncatingIfNeeded: name.low) & (Self.parts - 1)]
    }
}
