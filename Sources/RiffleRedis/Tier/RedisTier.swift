import Logging
import NIOCore
import RiffleCache
import Synchronization

/// The second tier: sealed entries in a Redis that all riffles of an origin share, and the bus on which they tell each
/// other what changed.
///
/// Redis is optional at every moment: no call fails, none takes longer than its deadline, and while the breaker is open
/// none touches the network. Reads and leases are made on the caller's event loop and complete there.
package final class RedisTier: Sendable {
    package struct Options: Sendable {
        package var server: RedisServer
        package var secret: Secret
        /// Keyed name of the origin; riffles with the same one share their changes.
        package var originName: Hash128
        /// Commands of a fence or invalidation may take this long.
        package var budget = TimeAmount.milliseconds(20)
        package var clock: @Sendable () -> ClockReading = { .now() }

        package init(server: RedisServer, secret: Secret, originName: Hash128) {
            self.server = server
            self.secret = secret
            self.originName = originName
        }
    }

    /// A fill that takes longer may be begun a second time.
    static let leaseMilliseconds = 10_000
    /// Entries live in Redis no longer, so that the log of subtree changes need not reach further back.
    static let longestLifeMilliseconds: Int64 = 86_400_000
    /// Generations outlive every entry stored under them.
    static let generationMilliseconds = "90000000"
    /// Who has not acknowledged by then is lost: longer than the silence after which a riffle distrusts its memory, so that a
    /// write is never answered while a partitioned riffle may still serve what was there before.
    package static let acknowledgementPatience = SubscriptionCore.silence + .milliseconds(200)
    /// How long a riffle without its bond with the others serves what it fetches meanwhile, counted from asking the origin.
    package static let partitionLife = TimeAmount.seconds(1)
    /// Work that nobody waits for, stores above all, may take this long.
    static let backgroundPatience = TimeAmount.milliseconds(500)
    /// How long a start waits for the first connection.
    static let startPatience = TimeAmount.milliseconds(500)

    package let options: Options
    let names: Names
    let sealer: Sealer
    let log: Logger
    let breaker = Breaker()
    let counters = RedisCounters()
    let node = UInt64.random(in: .min ... .max)
    let nextMessage = Atomic<UInt64>(1)
    let subtrees = Mutex(SubtreeLog())
    let backlog = Mutex(Backlog())
    let acks = Mutex(AckCollector<@Sendable (InvalidationReceipt) -> Void>())
    /// Whether the subscription stands and the log of subtrees is known: reads can be trusted.
    let isLinked = Atomic<Bool>(false)
    let wasLost = Atomic<Bool>(false)
    /// Uptime nanoseconds of the last loss.
    let lostAt = Atomic<UInt64>(0)
    /// Rises with every loss of the subscription, so that what an older one began can't declare the bond whole.
    private let subscriptionEpoch = Atomic<UInt64>(0)
    let onChanges: @Sendable ([FolderChange]) -> Void
    let onLink: @Sendable (RedisLinkChange) -> Void
    private let links: [ObjectIdentifier: Link]
    private let busLoop: any EventLoop
    private let subscription: Mutex<Subscription?> = Mutex(nil)
    private let connector: Connector
    private let started: EventLoopPromise<Void>

    /// - Parameters:
    ///   - onChanges: changes of other riffles; applied when it returns, then acknowledged.
    ///   - onLink: see ``RedisLinkChange``. Both are called on a loop of the group and must not block.
    package init(
        _ options: Options, group: any EventLoopGroup, log: Logger,
        onChanges: @escaping @Sendable ([FolderChange]) -> Void,
        onLink: @escaping @Sendable (RedisLinkChange) -> Void
    ) throws {
        self.options = options
        self.log = log
        self.onChanges = onChanges
        self.onLink = onLink
        names = Names(origin: options.originName)
        sealer = Sealer(key: options.secret.sealingKey)
        connector = try Connector(server: options.server)
        let owner = Owner()
        var links: [ObjectIdentifier: Link] = [:]
        for loop in group.makeIterator() {
            let observer = LinkCore.Observer(
                proved: { owner.tier?.proved($0, on: loop) },
                failed: { owner.tier?.linkFailed($0) },
                refused: { owner.tier?.refused($0) },
                reconnected: { owner.tier?.reconnected() })
            links[ObjectIdentifier(loop)] = Link(
                loop: loop, connector: connector, breaker: breaker, observer: observer)
        }
        self.links = links
        busLoop = group.next()
        started = busLoop.makePromise()
        owner.set(self)
    }

    /// Connects; returns once the bond stands, or after a short wait when Redis is down.
    package func start() async {
        for link in links.values { link.start() }
        let subscription = Subscription(
            loop: busLoop, connector: connector, channels: [names.bus, names.acknowledgements(of: node)],
            observer: SubscriptionCore.Observer(
                subscribed: { [weak self] in self?.subscribed() },
                lost: { [weak self] in self?.subscriptionLost($0) },
                message: { [weak self] in self?.heard($0, $1) }))
        self.subscription.withLock { $0 = subscription }
        subscription.start()
        busLoop.scheduleTask(in: Self.startPatience) { self.started.succeed(()) }
        try? await started.futureResult.get()
    }

    package func shutdown() async {
        subscriptionEpoch.add(1, ordering: .acquiringAndReleasing)
        isLinked.store(false, ordering: .releasing)
        started.succeed(())
        if let subscription = subscription.withLock({ $0 }) { try? await subscription.stop().get() }
        for link in links.values { try? await link.stop().get() }
        breaker.fail()
        for finished in acks.withLock({ $0.drain() }) { finish(finished) }
    }

    package var figures: RedisFigures {
        counters.figures(state: breaker.isOpen ? "open" : "up", linked: isLinked.load(ordering: .acquiring))
    }

    /// Whether reads are of any use now; two atomic loads.
    package var isUsable: Bool { !breaker.isOpen && isLinked.load(ordering: .acquiring) }

    func link(on loop: any EventLoop) -> Link? { links[ObjectIdentifier(loop)] }

    /// Calls a script by digest, and by source when the server does not know it. On the link's loop.
    func run(
        _ script: Script, keys: [String], _ arguments: [[UInt8]], on link: Link, deadline: NIODeadline,
        _ completion: @escaping LinkCore.Completion
    ) {
        counters.commands.add(1, ordering: .relaxed)
        link.send(script.call(bySource: false, keys: keys, arguments), deadline: deadline) { result in
            guard case .success(let reply) = result, reply.isMissingScript else {
                self.count(result)
                completion(result)
                return
            }
            link.send(script.call(bySource: true, keys: keys, arguments), deadline: deadline) { result in
                self.count(result)
                completion(result)
            }
        }
    }

    func count(_ result: Result<Reply, LinkFailure>) {
        switch result {
        case .success(.error(let message)):
            counters.serverErrors.add(1, ordering: .relaxed)
            log.debug("Redis refused a command", metadata: ["error": "\(message)"])
        case .failure(.overloaded): counters.overloads.add(1, ordering: .relaxed)
        default: break
        }
    }

    // MARK: What links report

    private func linkFailed(_ failure: LinkFailure) {
        if failure == .timeout {
            counters.timeouts.add(1, ordering: .relaxed)
        } else {
            counters.losses.add(1, ordering: .relaxed)
        }
        if breaker.fail() { log.warning("Redis is not used until it answers again", metadata: ["why": "\(failure)"]) }
    }

    private func refused(_ reason: String) {
        log.debug("Redis can't be reached", metadata: ["why": "\(reason)"])
    }

    private func reconnected() { counters.reconnects.add(1, ordering: .relaxed) }

    /// The server answered: what it has missed goes first, then the breaker closes.
    private func proved(_ probed: BreakerState, on loop: any EventLoop) {
        guard probed.isOpen else { return }
        guard let missed = backlog.withLock({ $0.take() }) else {
            let clear = backlog.withLock { $0.isClear }
            if clear, breaker.prove(probed) { log.info("Redis is in use") }
            return
        }
        push(missed, on: loop, deadline: .now() + Self.backgroundPatience, waiter: nil) { succeeded in
            self.backlog.withLock { $0.sent(missed, succeeded: succeeded) }
            let clear = self.backlog.withLock { $0.isClear }
            if succeeded, clear, self.breaker.prove(probed) { self.log.info("Redis is in use") }
        }
    }

    // MARK: What the subscription reports

    private func subscribed() {
        readLog(epoch: subscriptionEpoch.load(ordering: .acquiring))
    }

    /// The log is read only after subscribing: what comes later arrives as a message.
    private func readLog(epoch: UInt64) {
        guard let link = link(on: busLoop), epoch == subscriptionEpoch.load(ordering: .acquiring) else { return }
        let deadline = NIODeadline.now() + Self.backgroundPatience
        run(.log, keys: [names.subtrees], logArguments([]), on: link, deadline: deadline) { result in
            guard case .success(.array(let parts)) = result, parts.count % 2 == 1 else {
                // The links may need a moment longer than the subscription.
                self.busLoop.scheduleTask(in: .milliseconds(50)) { self.readLog(epoch: epoch) }
                return
            }
            self.subtrees.withLock { log in
                for index in stride(from: 1, to: parts.count, by: 2) {
                    guard let member = parts[index].text, let time = parts[index + 1].number,
                        log.merge(member: member, at: UInt64(clamping: time))
                    else {
                        // What can't be read may have voided anything.
                        log.record(.everything, at: UInt64(clamping: parts[0].number ?? .max))
                        continue
                    }
                }
            }
            self.linked(link, epoch: epoch)
        }
    }

    private func linked(_ link: Link, epoch: UInt64) {
        link.send(Command("PUBSUB", "NUMSUB", names.bus), deadline: .now() + Self.backgroundPatience) { result in
            guard epoch == self.subscriptionEpoch.load(ordering: .acquiring) else { return }
            var peers = 0
            if case .success(.array(let parts)) = result, let count = parts.last?.number {
                peers = max(0, Int(clamping: count) - 1)
            }
            self.counters.peers.store(peers, ordering: .relaxed)
            if self.wasLost.exchange(false, ordering: .acquiringAndReleasing) { self.onLink(.gap) }
            self.isLinked.store(true, ordering: .releasing)
            self.onLink(.linked(peers: peers))
            if peers > 0 { self.greet(on: link) }
            self.started.succeed(())
        }
    }

    /// Tells the others that they are not alone any more: how far they may trust their memory without a link depends on it.
    private func greet(on link: Link) {
        let message = BusMessage(node: node, id: 0, time: 0, changes: [])
        guard let sealed = sealer.seal(message.encode(), boundTo: names.bus) else { return }
        var command = Command("PUBLISH", names.bus)
        command.append(sealed)
        link.send(command, deadline: .now() + Self.backgroundPatience) { _ in }
    }

    private func subscriptionLost(_ reason: String) {
        subscriptionEpoch.add(1, ordering: .acquiringAndReleasing)
        let first = !wasLost.exchange(true, ordering: .acquiringAndReleasing)
        isLinked.store(false, ordering: .releasing)
        guard first else { return }
        lostAt.store(NIODeadline.now().uptimeNanoseconds, ordering: .releasing)
        log.warning("changes of other riffles may be missed", metadata: ["why": "\(reason)"])
        onLink(.lost(peers: counters.peers.load(ordering: .relaxed)))
    }

    private func heard(_ channel: String, _ payload: [UInt8]) {
        guard let plain = sealer.open(payload, boundTo: channel), let message = BusMessage.decode(plain) else {
            counters.malformed.add(1, ordering: .relaxed)
            return
        }
        guard channel == names.bus else {
            finish(acks.withLock { $0.acknowledged(message.id, by: message.node) })
            return
        }
        subtrees.withLock { log in
            for change in message.changes { log.record(change, at: message.time) }
        }
        guard message.node != node else {
            // This riffle's own copy counts as its acknowledgement, so nobody has to guess whether it listens.
            finish(acks.withLock { $0.acknowledged(message.id, by: node) })
            return
        }
        counters.received.add(1, ordering: .relaxed)
        if counters.peers.load(ordering: .relaxed) == 0 { counters.peers.store(1, ordering: .relaxed) }
        guard !message.changes.isEmpty else { return }
        onChanges(message.changes)
        acknowledge(message)
    }

    private func acknowledge(_ message: BusMessage) {
        let channel = names.acknowledgements(of: message.node)
        let answer = BusMessage(node: node, id: message.id, time: 0, changes: [])
        guard let link = link(on: busLoop), let sealed = sealer.seal(answer.encode(), boundTo: channel) else { return }
        var command = Command("PUBLISH", channel)
        command.append(sealed)
        link.send(command, deadline: .now() + Self.backgroundPatience) { _ in }
    }

    func finish(_ finished: AckCollector<@Sendable (InvalidationReceipt) -> Void>.Finished?) {
        guard let finished else { return }
        counters.acknowledged.add(finished.acknowledged, ordering: .relaxed)
        counters.unacknowledged.add(max(0, finished.receivers - finished.acknowledged), ordering: .relaxed)
        finished.waiter(
            InvalidationReceipt(stored: true, receivers: finished.receivers, acknowledged: finished.acknowledged))
    }
}

/// Lets links reach the tier that makes them, without keeping it alive.
private final class Owner: Sendable {
    private struct Reference: Sendable { weak let tier: RedisTier? }
    private let reference = Mutex(Reference(tier: nil))

    var tier: RedisTier? { reference.withLock { $0.tier } }

    func set(_ tier: RedisTier) { reference.withLock { $0 = Reference(tier: tier) } }
}
