import NIOCore
import RiffleCache
import Synchronization

extension RedisTier {
    /// The entry stored under `key`, if it still holds. One round trip. Call it on `loop`, a loop of the group.
    ///
    /// - Parameter lineage: the folder itself and all above it; asked for only when a subtree ever changed.
    package func read(
        _ key: CacheKey, folder: FolderID, entry: EntryID, lineage: @escaping () -> [FolderID], hash: UInt64,
        localGeneration: Generation, on loop: any EventLoop, deadline: NIODeadline
    ) -> EventLoopFuture<RedisRead> {
        guard isUsable, let link = link(on: loop) else { return loop.makeSucceededFuture(.down) }
        let promise = loop.makePromise(of: RedisRead.self)
        let name = Names.entry(folder, entry)
        counters.commands.add(1, ordering: .relaxed)
        link.send(Command("MGET", Names.generation(folder), name), deadline: deadline) { result in
            self.count(result)
            switch result {
            case .failure(let failure): promise.succeed(failure == .timeout ? .timeout : .down)
            case .success(.array(let parts)) where parts.count == 2:
                guard let generation = parts[0].bytes, let sealed = parts[1].bytes else {
                    promise.succeed(.miss)
                    return
                }
                guard let plain = self.sealer.open(sealed, boundTo: name),
                    let stored = StoredEntry.decode(
                        plain, key: key, hash: hash, folder: folder, localGeneration: localGeneration,
                        clock: self.options.clock())
                else {
                    self.counters.corrupt.add(1, ordering: .relaxed)
                    promise.succeed(.corrupt)
                    return
                }
                let holds =
                    stored.generation.elementsEqual(generation.prefix { $0 != UInt8(ascii: ".") })
                    && !self.subtrees.withLock({ $0 }).voids(
                        fillBegan: stored.fillBegan, lineage: { lineage() + stored.entry.aliases })
                promise.succeed(holds ? .entry(stored.entry) : .miss)
            case .success: promise.succeed(.down)
            }
        }
        return promise.futureResult
    }

    /// The right to fill one entry for the whole fleet. Call it on `loop`.
    package func lease(
        folder: FolderID, entry: EntryID, on loop: any EventLoop, deadline: NIODeadline
    ) -> EventLoopFuture<RedisLease> {
        guard isUsable, let link = link(on: loop) else { return loop.makeSucceededFuture(.down) }
        let promise = loop.makePromise(of: RedisLease.self)
        let token = Hash128(high: .random(in: .min ... .max), low: .random(in: .min ... .max)).hex
        run(
            .lease, keys: [Names.generation(folder), Names.lease(folder, entry)],
            [
                Array(token.utf8), Array(String(Self.leaseMilliseconds).utf8), Array(Self.generationMilliseconds.utf8),
                Array(String(UInt64.random(in: .min ... .max), radix: 16).utf8),
            ], on: link, deadline: deadline
        ) { result in
            switch result {
            case .failure(let failure): promise.succeed(failure == .timeout ? .timeout : .down)
            case .success(.null): promise.succeed(.held)
            case .success(.array(let parts)) where parts.count == 2:
                guard let generation = parts[0].bytes, let now = parts[1].number else { fallthrough }
                promise.succeed(
                    .taken(
                        LeaseToken(
                            folder: folder, entry: entry, token: token, generation: generation,
                            beganAt: UInt64(clamping: now))))
            case .success: promise.succeed(.down)
            }
        }
        return promise.futureResult
    }

    /// Stores what was filled under the lease, unless something changed since, and gives the lease back. Nobody waits.
    package func store(_ entry: Entry, entryID: EntryID, lease: LeaseToken, on loop: any EventLoop) {
        let name = Names.entry(lease.folder, entryID)
        let clock = options.clock()
        let life = min(entry.life.endsAt - clock.monotonic, Self.longestLifeMilliseconds)
        guard life > 0, isUsable, let link = link(on: loop), entryID == lease.entry, entry.folder == lease.folder,
            let plain = StoredEntry.encode(
                entry, generation: lease.filledUnder, fillBegan: lease.beganAt, clock: clock),
            let sealed = sealer.seal(plain, boundTo: name)
        else {
            release(lease, on: loop)
            return
        }
        run(
            .store,
            keys: [Names.generation(lease.folder), name, Names.lease(lease.folder, lease.entry)],
            [
                lease.generation, sealed, Array(String(life).utf8), Array(lease.token.utf8),
                Array(Self.generationMilliseconds.utf8),
            ], on: link, deadline: .now() + Self.backgroundPatience
        ) { _ in }
    }

    /// Gives a lease back without storing. Nobody waits; a lease not given back ends by itself.
    package func release(_ lease: LeaseToken, on loop: any EventLoop) {
        guard !breaker.isOpen, let link = link(on: loop) else { return }
        run(
            .release, keys: [Names.lease(lease.folder, lease.entry)], [Array(lease.token.utf8)], on: link,
            deadline: .now() + Self.backgroundPatience
        ) { _ in }
    }
}
