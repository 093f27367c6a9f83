import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleRedis
import RiffleTelemetry
import Synchronization

/// One fill: Redis, then the origin, then confirm and store; it outlives the client that began it.
///
/// Confined to its loop. Whoever waits hears of its end through the handle's future, exactly once. What is not
/// confirmed to be a whole listing is never stored.
final class Fill: OriginReceiver {
    /// How often a riffle that waits for another's fill looks whether it is done, and for how long at most.
    private static let leasePoll = TimeAmount.milliseconds(15)
    private static let leasePatience = TimeAmount.seconds(10)

    private let gateway: Gateway
    private let work: ListingWork
    private let request: RequestMessage
    private let remoteAddress: String
    private let handle: FillHandle
    private let promise: EventLoopPromise<FillResult>
    private let loop: any EventLoop
    private var exchange: Exchange?
    private let isPrefetch: Bool
    private let packer: ListingPacker
    private let report: (Exchange, Verdict) -> Void
    private var call: OriginCall?
    private var head: HTTPResponseHead?
    private var intake: ListingIntake?
    private var relay: StreamRelay?
    private var redis: RedisPart?
    private var ended = false
    private var askedAt: Int64 = 0
    private var answeredAt: Int64 = 0
    /// As it went to the origin, and how often the origin had refused its credential then.
    private var question: OriginRequest?
    private var refusals = 0
    /// What was stored.
    private var kept: Entry?
    /// Of change feeds, when the life of what is stored was decided.
    private var falls: UInt64 = 0

    init(
        gateway: Gateway, work: ListingWork, request: RequestMessage, remoteAddress: String, handle: FillHandle,
        promise: EventLoopPromise<FillResult>, loop: any EventLoop, exchange: Exchange?, isPrefetch: Bool,
        packer: ListingPacker, report: @escaping (Exchange, Verdict) -> Void
    ) {
        self.gateway = gateway
        self.work = work
        self.request = request
        self.remoteAddress = remoteAddress
        self.handle = handle
        self.promise = promise
        self.loop = loop
        self.exchange = exchange
        self.isPrefetch = isPrefetch
        self.packer = packer
        self.report = report
    }

    func start() {
        guard let tier = gateway.redis else { return askOrigin() }
        redis = RedisPart(tier: tier, work: work, folder: handle.folder, gateway: gateway, loop: loop)
        // What Redis holds was cut for this very credential, but only the origin can say that it is still accepted.
        let trusts = work.mayRead(at: gateway.clock.milliseconds())
        if work.readsRedis, trusts, !work.forcesRefresh {
            readRedis(until: NIODeadline.now() + Self.leasePatience)
        } else {
            lease(until: NIODeadline.now())
        }
    }

    // MARK: Redis

    private func readRedis(until patience: NIODeadline) {
        guard let redis else { return askOrigin() }
        redis.read(generation: handle.generation).assumeIsolated().whenSuccess { result in
            switch result {
            case .entry(let entry) where self.mayTake(entry):
                self.takeFromRedis(entry)
            case .timeout, .down:
                self.askOrigin()
            case .entry, .miss, .corrupt:
                self.lease(until: patience)
            }
        }
    }

    /// Another riffle may have stored it for as long as its change feed allowed: it lives that long only where this
    /// riffle's own has told of everything since.
    private func life(of entry: Entry) -> EntryLife {
        let isCovered = gateway.feeds.covers(work.key.path, work.key.principal, since: entry.life.receivedAt)
        return isCovered ? entry.life : gateway.withoutFeed(entry.life)
    }

    /// Whether a healthy change feed tells of changes to the folder.
    private var isCovered: Bool { gateway.feeds.covers(work.key.path, work.key.principal) }

    private func mayTake(_ entry: Entry) -> Bool {
        let now = gateway.clock.milliseconds()
        return life(of: entry).freshUntil > now && work.mayRead(at: now)
    }

    private func takeFromRedis(_ found: Entry) {
        let life = life(of: found)
        let entry = (life == found.life ? found : found.living(life)).pooled(in: gateway.memory.bodies)
        let naming = gateway.naming
        guard
            gateway.generations.mayStore(
                handle.generation, folder: handle.folder, aliases: entry.aliases,
                lineage: { naming.lineage(work.key.path) })
        else { return askOrigin() }
        gateway.memory.insert(entry)
        gateway.derivation.listed(entry)
        finish(.entry(entry, tier: .redis, stored: true, revalidated: false))
    }

    /// Takes the lease of this form across the fleet, or waits for the riffle that holds it.
    private func lease(until patience: NIODeadline) {
        guard let redis else { return askOrigin() }
        redis.lease().assumeIsolated().whenSuccess { result in
            switch result {
            case .held where NIODeadline.now() < patience:
                self.loop.assumeIsolated().scheduleTask(in: Self.leasePoll) {
                    self.redis?.renewBudget()
                    self.readRedis(until: patience)
                }
            case .taken(let token):
                redis.leased(token)
                self.askOrigin()
            case .held, .timeout, .down:
                self.askOrigin()
            }
        }
    }

    // MARK: The origin

    private func askOrigin() {
        var fields = gateway.fields.fill(request, remoteAddress: remoteAddress)
        // Who asked may get what comes as it is, so that only a coding that he takes is asked for.
        if !ListingReader.changesLinks(work.dialect), takesGzip {
            fields.add(name: "Accept-Encoding", value: "gzip")
        }
        if work.reason == .expired, let stored = work.stored {
            Revalidation.addConditions(to: &fields, from: stored)
        }
        var message = OriginRequest(
            method: request.methodName, isSafe: true,
            target: gateway.dialects.originTarget(request.target), fields: fields,
            body: request.body.map { .bytes($0) } ?? .none)
        message = gateway.sealed(message, for: request)
        question = message
        refusals = work.credential.refusals
        askedAt = gateway.clock.milliseconds()
        gateway.prefetch.originCall(isPrefetch: isPrefetch, now: askedAt)
        call = gateway.origin.send(message, to: self, on: loop)
    }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        self.head = head
        answeredAt = gateway.clock.milliseconds()
        let response = response(head)
        let listing = ListingReader(
            work.dialect, status: response.status, contentType: response.fields.first(name: "content-type"),
            path: Array(work.key.path), form: Array(work.key.form), rules: gateway.dialects.rules)
        let intake = ListingIntake(
            head: head, listing: listing, changesLinks: ListingReader.changesLinks(work.dialect),
            mayKeep: gateway.storing.mayKeep(response, for: work, request: request),
            limit: gateway.settings.cache.largestListing, packer: packer)
        self.intake = intake
        return intake.mustStream.flatMap { stream(intake.finish(), head, $0) }
    }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        if let relay { return relay.originPart(part) }
        guard let head, let intake else { return nil }
        let wait = intake.take(part, on: loop)
        return intake.mustStream.flatMap { stream(intake.finish(), head, $0) } ?? wait
    }

    /// The answer can't be kept: it streams on to the one who asked first, and the others ask for themselves.
    private func stream(
        _ received: ListingIntake.Received, _ head: HTTPResponseHead, _ reason: Reason
    ) -> EventLoopFuture<Void>? {
        guard let exchange, !exchange.isClientGone else {
            call?.cancel()
            finish(.failed(.cancelled))
            return nil
        }
        let relay = StreamRelay(
            exchange: exchange, fields: gateway.fields, verdict: Verdict(.miss, reason: reason), onVerdict: report)
        relay.call = call
        self.relay = relay
        finish(.streamed)
        guard let coded = received.codedHere else { return relay.resume(head, parts: received.body) }
        guard let body = InflatedBody(coded, length: GzipReader.plainLength(coded)) else {
            relay.originFailed(.broken)
            call?.cancel()
            return nil
        }
        return relay.resume(head, inflating: body)
    }

    /// The same when all of it has come.
    private func streamToEnd(_ received: ListingIntake.Received, _ head: HTTPResponseHead, _ reason: Reason) {
        guard let wait = stream(received, head, reason) else {
            relay?.originEnd()
            return
        }
        wait.assumeIsolated().whenComplete { _ in self.relay?.originEnd() }
    }

    private func response(_ head: HTTPResponseHead, body: ByteBuffer = ByteBuffer()) -> FillResponse {
        FillResponse(
            status: Int(head.status.code), reason: head.status.reasonPhrase,
            fields: gateway.fields.answer(head, to: request.authority), body: body)
    }

    func originFailed(_ failure: OriginFailure) {
        if let relay { return relay.originFailed(failure) }
        finish(.failed(failure))
    }

    func originEnd() {
        if let relay { return relay.originEnd() }
        guard let head, let intake else { return finish(.failed(.broken)) }
        let excess = intake.mustStream
        let received = intake.finish()
        if let excess { return streamToEnd(received, head, excess) }
        let now = gateway.clock.milliseconds()
        let response = response(head, body: received.body)
        observe(response, now: now)
        if response.status == 304, let stored = work.stored {
            return keep(refreshedFrom: stored, response, now: now)
        }
        keep(response, received, head, now: now)
    }

    /// What the answer says about credential and origin, whether it is kept or not.
    private func observe(_ response: FillResponse, now: Int64) {
        switch response.status {
        case 200..<300, 304:
            accepted()
        case 401, 403:
            work.credential.revoke()
            if let stored = work.stored { gateway.memory.remove(stored) }
        case 404, 410:
            if let stored = work.stored { gateway.memory.remove(stored) }
        case 429, 503:
            gateway.prefetch.throttled(response.fields.first(name: "retry-after"), now: now)
        default: break
        }
    }

    /// The origin took the credential. A token that says whose it is counts as that person's once it is proven.
    private func accepted() {
        let acceptance = gateway.acceptance(refusals: refusals)
        work.credential.vouch(acceptance)
        guard let question, work.credential.isUnproven(at: acceptance.now) else { return }
        gateway.proof.prove(work.credential, question, target: work.target, acceptance, on: loop) { self.share() }
    }

    /// Gives what was stored for the token alone to its person as well.
    private func share() {
        let placed = work.placed(at: gateway.clock.milliseconds())
        gateway.prefetch.learn(template: request, work: placed, remoteAddress: remoteAddress)
        guard let kept, kept.key != placed.key else { return }
        keep(kept.moved(to: placed.key, hash: placed.hash))
    }

    // MARK: Keeping

    private func keep(
        _ response: FillResponse, _ received: ListingIntake.Received, _ head: HTTPResponseHead, now: Int64
    ) {
        falls = gateway.feeds.falls
        let verdict = gateway.storing.decide(
            response, received.confirmation, for: work, request: request, delay: answeredAt - askedAt, now: answeredAt,
            isCovered: isCovered)
        switch verdict {
        case .refuse(let reason, let shareable, let shape):
            var (response, received, head) = (response, received, head)
            if let shape, links.rewrite(&received, shape, work: work, request: request, chain: nil) {
                response.body = received.body
                // Its length is no longer the origin's.
                if received.seam != nil { head.headers.remove(name: "content-length") }
            }
            if reason == .unconfirmed {
                if gateway.settings.cache.scope == .all { disclaim(now) }
                if response.status == 200 { gateway.dialects.learned(work.dialect, isListing: false) }
            }
            if received.codedHere != nil { return streamToEnd(received, head, reason) }
            finish(.response(response, reason: reason, shareable: shareable))
        case .keep(let life, let shape):
            gateway.dialects.learned(work.dialect, isListing: true)
            gateway.prefetch.listed(Array(work.key.path), children: shape.childFolders, now: now)
            if !shape.items.isEmpty { gateway.graphItems.withLock { $0.learn(shape.items) } }
            let life = gateway.trust.capped(
                life.limited(to: shape.lifeCap.map { answeredAt + $0 }), asked: askedAt)
            let chain = links.chain(work, shape, generation: handle.generation, life: life, now: now)
            let chained = life.limited(to: chain.map { links.end(of: $0, now: now) })
            var (response, received) = (response, received)
            guard links.rewrite(&received, shape, work: work, request: request, chain: chain) else {
                if received.codedHere != nil { return streamToEnd(received, head, .unconfirmed) }
                return finish(.response(response, reason: .unconfirmed, shareable: false))
            }
            response.body = received.body
            let store = { (body: CodedBody) in
                let entry = self.gateway.builder.entry(
                    for: self.work.placed(at: self.gateway.clock.milliseconds()), response: response, body: body,
                    generation: self.handle.generation, life: chained, prefetched: self.isUnwanted,
                    fillMilliseconds: now - self.askedAt, names: shape.names)
                self.store(entry, revalidated: false)
            }
            if let coded = received.coded {
                store(coded)
            } else {
                packer.pack(response, takesGzip: takesGzip, on: loop, store)
            }
        }
    }

    private func keep(refreshedFrom stored: Entry, _ response: FillResponse, now: Int64) {
        let fields = gateway.builder.mergedFields(of: stored, with: response)
        falls = gateway.feeds.falls
        let life = gateway.storing.renewedLife(
            fields, of: stored, for: work, request: request, delay: answeredAt - askedAt, now: answeredAt,
            isCovered: isCovered)
        guard let life else {
            gateway.memory.remove(stored)
            return finish(.entry(stored, tier: .origin, stored: false, revalidated: true))
        }
        let entry = gateway.builder.refreshed(
            stored, for: work.placed(at: now), fields: fields, generation: handle.generation,
            life: gateway.trust.capped(life, asked: askedAt),
            fillMilliseconds: now - askedAt)
        store(entry, revalidated: true)
    }

    /// The dialect's claim on that path was wrong: the rules for all other responses apply to it for a while.
    private func disclaim(_ now: Int64) {
        let path = Array(request.target.utf8.prefix { $0 != UInt8(ascii: "?") })
        gateway.notListings.remember(path.withUnsafeBytes { MemoryTier.hash($0) }, now: now)
    }

    /// Whether the one who asked takes gzip.
    private var takesGzip: Bool { AcceptEncoding(request.fields).prefersGzip }

    private var links: PageLinks { PageLinks(gateway: gateway) }

    /// Whether only a prefetch wants the answer.
    private var isUnwanted: Bool { isPrefetch && handle.isPrefetch.load(ordering: .relaxed) }

    @discardableResult
    private func keep(_ entry: Entry) -> Bool {
        let naming = gateway.naming
        let mayStore = gateway.generations.mayStore(
            handle.generation, folder: handle.folder, aliases: entry.aliases,
            lineage: { naming.lineage(work.key.path) })
        guard mayStore, gateway.memory.insert(entry) else { return false }
        // A feed that fell meanwhile may have looked through memory before this was in it.
        if falls != gateway.feeds.falls, !isCovered { gateway.memory.insert(gateway.withoutFeed(entry)) }
        gateway.derivation.listed(entry)
        return true
    }

    private func store(_ entry: Entry, revalidated: Bool) {
        guard keep(entry) else {
            return finish(.entry(entry, tier: .origin, stored: false, revalidated: revalidated))
        }
        kept = entry
        gateway.shares.proven(entry, now: gateway.clock.milliseconds())
        // The lease is for the name the credential had when it was taken.
        if entry.key == work.key { redis?.store(entry) }
        finish(.entry(entry, tier: .origin, stored: true, revalidated: revalidated))
    }

    private func finish(_ result: FillResult) {
        guard !ended else { return }
        ended = true
        intake?.abandon()
        intake = nil
        redis?.release()
        gateway.fills.finished(work.key, handle)
        exchange = nil
        promise.succeed(result)
    }
}

/// Conditions of a request that only asks whether a stored listing still holds (RFC 9110 §13.1).
enum Revalidation {
    static func addConditions(to fields: inout HTTPHeaders, from stored: Entry) {
        guard !stored.entityTag.isEmpty || stored.hasLastModified else { return }
        if !stored.entityTag.isEmpty {
            fields.add(name: "If-None-Match", value: String(decoding: stored.entityTag, as: UTF8.self))
        }
        if stored.hasLastModified,
            let date = HeadImage(stored).fields.first(name: "last-modified")
        {
            fields.add(name: "If-Modified-Since", value: date)
        }
    }
}
