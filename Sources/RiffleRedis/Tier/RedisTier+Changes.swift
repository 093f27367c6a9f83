import NIOCore
import RiffleCache
import Synchronization

extension RedisTier {
    /// How often a write whose changes Redis did not take looks whether it takes them now.
    private static let retryInterval = TimeAmount.milliseconds(25)

    /// Before a write is forwarded: fills in flight anywhere can't be stored any more, stored entries stay. Completes
    /// when Redis has it, fails to have it, or at the deadline; the invalidation after the write makes good for either.
    package func fence(
        _ folders: [FolderID], on loop: any EventLoop, deadline: NIODeadline
    ) -> EventLoopFuture<Void> {
        guard !breaker.isOpen, let link = link(on: loop), !folders.isEmpty else {
            return loop.makeSucceededVoidFuture()
        }
        let promise = loop.makePromise(of: Void.self)
        var open = min(folders.count, Backlog.maximumChanges)
        let limit = min(deadline, .now() + options.budget)
        for folder in folders.prefix(open) {
            let mark = String(UInt64.random(in: .min ... .max), radix: 16)
            run(
                .fence, keys: [Names.generation(folder)], [Array(mark.utf8), Array(Self.generationMilliseconds.utf8)],
                on: link, deadline: limit
            ) { _ in
                open -= 1
                if open == 0 { promise.succeed(()) }
            }
        }
        return promise.futureResult
    }

    /// After a write, before it is answered: Redis forgets what the changes void, and every other riffle that listens
    /// has applied them, or is presumed lost at the deadline. What Redis does not take is kept and sent before it is
    /// read again; while there may be other riffles, the write then waits until they know or distrust their memory.
    package func invalidate(
        _ changes: [FolderChange], on loop: any EventLoop, deadline: NIODeadline
    ) -> EventLoopFuture<InvalidationReceipt> {
        guard !changes.isEmpty else { return loop.makeSucceededFuture(.none) }
        let changes = changes.count > BusMessage.maximumChanges ? [.everything] : changes
        guard !breaker.isOpen, link(on: loop) != nil else {
            keep(changes)
            return outlast(changes, on: loop, deadline: deadline)
        }
        let promise = loop.makePromise(of: InvalidationReceipt.self)
        push(
            changes, on: loop, deadline: min(deadline, .now() + options.budget),
            waiter: (min(deadline, .now() + Self.acknowledgementPatience), { promise.succeed($0) })
        ) { succeeded in
            guard !succeeded else { return }
            self.keep(changes)
            promise.completeWith(self.outlast(changes, on: loop, deadline: deadline))
        }
        return promise.futureResult
    }

    /// For changes that Redis did not take: completes when it has them after all and the others have acknowledged, or
    /// when they too must have noticed that the bond is broken and nothing they still serve is older than now. Alone, at
    /// once.
    private func outlast(
        _ changes: [FolderChange], on loop: any EventLoop, deadline: NIODeadline
    ) -> EventLoopFuture<InvalidationReceipt> {
        let missed = InvalidationReceipt(stored: false, receivers: 0, acknowledged: 0)
        guard counters.peers.load(ordering: .relaxed) > 0 else { return loop.makeSucceededFuture(missed) }
        let now = NIODeadline.now()
        var end = now + Self.acknowledgementPatience
        if wasLost.load(ordering: .acquiring) {
            let noticed =
                NIODeadline.uptimeNanoseconds(lostAt.load(ordering: .acquiring)) + Self.acknowledgementPatience
            end = max(noticed, now + Self.partitionLife)
        }
        let promise = loop.makePromise(of: InvalidationReceipt.self)
        retry(changes, on: loop, until: min(end, deadline), promise)
        return promise.futureResult
    }

    private func retry(
        _ changes: [FolderChange], on loop: any EventLoop, until end: NIODeadline,
        _ promise: EventLoopPromise<InvalidationReceipt>
    ) {
        let next = NIODeadline.now() + Self.retryInterval
        guard next < end else {
            loop.scheduleTask(deadline: end) {
                promise.succeed(InvalidationReceipt(stored: false, receivers: 0, acknowledged: 0))
            }
            return
        }
        loop.scheduleTask(deadline: next) {
            guard self.isUsable else { return self.retry(changes, on: loop, until: end, promise) }
            // The backlog has been sent, but nobody counted who heard of it.
            self.push(
                changes, on: loop, deadline: min(end, .now() + self.options.budget),
                waiter: (end, { promise.succeed($0) })
            ) { succeeded in
                guard !succeeded else { return }
                self.keep(changes)
                self.retry(changes, on: loop, until: end, promise)
            }
        }
    }

    /// First kept, then the breaker: whoever closes it after this finds the backlog.
    private func keep(_ changes: [FolderChange]) {
        backlog.withLock { $0.add(changes) }
        breaker.fail()
    }

    func logArguments(_ members: [String]) -> [[UInt8]] {
        [
            Array(String(Self.longestLifeMilliseconds * 1_000).utf8), Array(String(SubtreeLog.maximumMembers).utf8),
        ] + members.map { Array($0.utf8) }
    }

    /// Sends changes to Redis and to the others. `completion` tells, once, whether Redis has all of them; `waiter` is
    /// told, once and only after success, who acknowledged.
    func push(
        _ changes: [FolderChange], on loop: any EventLoop, deadline: NIODeadline,
        waiter: (deadline: NIODeadline, told: @Sendable (InvalidationReceipt) -> Void)?,
        _ completion: @escaping (Bool) -> Void
    ) {
        guard let link = link(on: loop) else {
            completion(false)
            return
        }
        var members: [String] = []
        var removal = [(Command, LinkCore.Completion)]()
        var open = 1
        var time: UInt64 = 0
        var failed = false
        func done(_ succeeded: Bool) {
            open -= 1
            failed = failed || !succeeded
            guard open == 0 else { return }
            if failed {
                completion(false)
            } else {
                publish(changes, time: time, on: link, loop, deadline: deadline, waiter: waiter, completion)
            }
        }
        for change in changes {
            switch change {
            // A folder without generation has no valid entry, and the next lease makes one that never was.
            case .folder(let folder):
                open += 1
                let command = Command("DEL", Names.generation(folder))
                removal.append(
                    (
                        command,
                        { result in
                            if case .success(.integer) = result { done(true) } else { done(false) }
                        }
                    ))
            case .subtree(let folder): members.append(folder.hash.hex)
            case .everything: members.append("*")
            }
        }
        if !members.isEmpty {
            open += 1
            run(.log, keys: [names.subtrees], logArguments(members), on: link, deadline: deadline) { result in
                guard case .success(.array(let parts)) = result, let now = parts.first?.number else {
                    done(false)
                    return
                }
                time = UInt64(clamping: now)
                self.subtrees.withLock { log in
                    for change in changes { log.record(change, at: time) }
                }
                done(true)
            }
        }
        counters.commands.add(removal.count, ordering: .relaxed)
        if !removal.isEmpty { link.send(removal, deadline: deadline) }
        done(true)
    }

    private func publish(
        _ changes: [FolderChange], time: UInt64, on link: Link, _ loop: any EventLoop, deadline: NIODeadline,
        waiter: (deadline: NIODeadline, told: @Sendable (InvalidationReceipt) -> Void)?,
        _ completion: @escaping (Bool) -> Void
    ) {
        let id = nextMessage.add(1, ordering: .relaxed).newValue
        let message = BusMessage(node: node, id: id, time: time, changes: changes)
        guard let sealed = sealer.seal(message.encode(), boundTo: names.bus) else {
            completion(false)
            return
        }
        var command = Command("PUBLISH", names.bus)
        command.append(sealed)
        let told: @Sendable (InvalidationReceipt) -> Void = waiter?.told ?? { @Sendable _ in }
        let waits = waiter != nil && acks.withLock { $0.open(id, told) }
        counters.published.add(1, ordering: .relaxed)
        counters.commands.add(1, ordering: .relaxed)
        link.send(command, deadline: deadline) { result in
            self.count(result)
            guard case .success(.integer(let receivers)) = result else {
                _ = self.acks.withLock { $0.expire(id) }
                completion(false)
                return
            }
            self.counters.peers.store(max(0, Int(clamping: receivers) - 1), ordering: .relaxed)
            completion(true)
            guard waits else {
                told(InvalidationReceipt(stored: true, receivers: Int(clamping: receivers), acknowledged: 0))
                return
            }
            self.finish(self.acks.withLock { $0.published(id, receivers: Int(clamping: receivers)) })
            guard let waiter else { return }
            loop.scheduleTask(deadline: waiter.deadline) { self.finish(self.acks.withLock { $0.expire(id) }) }
        }
    }
}
