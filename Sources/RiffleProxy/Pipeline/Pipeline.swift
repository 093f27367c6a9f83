import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleTelemetry
import Synchronization

/// The way of every request that memory did not answer. Confined to its event loop.
final class Pipeline {
    unowned let front: Front
    var gateway: Gateway { front.gateway }
    private let loop: any EventLoop
    private let packer = ListingPacker()

    private lazy var writes = WritePipeline(front: front)
    private lazy var general = GeneralFlow(front: front, pipeline: self)

    init(front: Front) {
        self.front = front
        loop = front.loop
    }

    func run(_ exchange: Exchange, _ work: Front.Work) {
        switch work {
        case .passThrough(let reason): passThrough(exchange, reason)
        case .listing(let work): open(exchange, work)
        case .write(let work): writes.open(exchange, work)
        case .gather(let head): gather(exchange, head)
        case .general(let work): general.open(exchange, work)
        case .admitted(let passage, let work):
            exchange.admit(passage)
            run(exchange, work)
        case .refused(let refusal): S3RefusalAnswer.answer(refusal, exchange, front)
        case .probe(let work): probe(exchange, work)
        }
    }

    // MARK: Pass through

    /// - Parameter told: hears of the answer when it has passed; see ``GatheringRelay``.
    func passThrough(_ exchange: Exchange, _ reason: Reason, told: ((FillResponse) -> Void)? = nil) {
        if MaxForwards.step(method: exchange.request.method, exchange.request.fields) == .answerHere {
            return LastHop.answer(exchange, front)
        }
        let relay = StreamRelay(exchange: exchange, fields: gateway.fields, verdict: Verdict(.bypass, reason: reason)) {
            [front] in front.report($0, $1)
        }
        let fields = gateway.fields
        let authority = exchange.request.authority
        let leads = told == nil && gateway.dialects.leadsOn(exchange.request)
        let direct: any OriginReceiver =
            leads ? LinkRelay(relay: relay, fields: fields, authority: authority) : relay
        let receiver: any OriginReceiver =
            told.map { told in
                GatheringRelay(
                    relay: relay,
                    readable: { head in
                        FillResponse(
                            status: Int(head.status.code), reason: head.status.reasonPhrase,
                            fields: fields.backward(head.headers, to: authority), body: ByteBuffer())
                    }, told: told)
            } ?? direct
        var request = gateway.originRequest(exchange)
        if leads { request.fields = LinkRelay.plain(request.fields) }
        relay.call = gateway.origin.send(request, to: receiver, on: loop)
        exchange.onClientGone = { [weak relay] in relay?.call?.cancel() }
    }

    // MARK: Bodies that are part of the key

    private func gather(_ exchange: Exchange, _ head: ByteBuffer) {
        let gatherer = BodyGatherer(limit: HTTP1Connection.maximumKeyedBody) { [front] body in
            guard let body else {
                let answer = ResponseHead(status: 413, fields: ["Content-Type": "text/plain"])
                front.report(exchange, Verdict(.error, reason: .largeRequestBody))
                return exchange.respond(answer, body: ByteBuffer(string: "the request body is too large\n"))
            }
            front.reclassify(exchange, head: head, body: body)
        }
        exchange.readBody(into: gatherer)
    }

    // MARK: Listings

    private func open(_ exchange: Exchange, _ work: ListingWork) {
        if work.reason == .conditional, let entry = work.stored {
            let now = front.now()
            let isFresh = now < entry.life.freshUntil
            let verdict = Verdict(isFresh ? .hit : .stale, tier: .memory, prefetched: entry.prefetched)
            front.opened(entry, now: now, peer: exchange.peer)
            front.report(exchange, verdict)
            exchange.respond(with: entry, verdict: verdict, status: nil, now: now, memory: gateway.memory)
            guard !isFresh else { return }
            let renewal = Hit.Renewal(dialect: work.dialect, credential: work.credential)
            return front.renew(entry, renewal, exchange.request, remoteAddress: exchange.remoteAddress)
        }
        let now = front.now()
        if let stored = work.stored, let renewed = gateway.derivation.renewed(stored, work, now: now) {
            gateway.memory.insert(renewed)
            gateway.derivation.listed(renewed)
            return derived(renewed, exchange, now)
        }
        if let renewed = shared(work, now) { return derived(renewed, exchange, now) }
        let finding = gateway.derivation.find(work, target: exchange.request.target, now: now)
        if case .answer(let answer) = finding { return derived(answer, exchange, now) }
        if work.onlyIfCached {
            let verdict = Verdict(.error, reason: .onlyIfCached)
            front.report(exchange, verdict)
            let head = ResponseHead(
                status: 504, fields: [StatusField.name: StatusField.forwarded(verdict, status: nil)])
            return exchange.respond(head, body: ByteBuffer(string: "not in the cache\n"))
        }
        gateway.prefetch.learn(template: exchange.request, work: work, remoteAddress: exchange.remoteAddress)
        if let root = feedRoot(of: work) {
            let isNew = gateway.walkers.seen(
                exchange.request, work, root: root, remoteAddress: exchange.remoteAddress, now: now)
            // The first poll of a drive need not wait for its turn.
            if isNew { gateway.hooks.bell.ring() }
        }
        let (handle, leads) = fill(
            work, request: exchange.request, remoteAddress: exchange.remoteAddress, for: exchange)
        let bound = NIOLoopBound((exchange, work, finding, self), eventLoop: loop)
        handle.future.hop(to: loop).whenSuccess { result in
            let (exchange, work, finding, pipeline) = bound.value
            if case .compare(let comparison) = finding {
                pipeline.gateway.derivation.judge(comparison, result, now: now)
            }
            pipeline.deliver(result, to: exchange, work, leads: leads)
        }
    }

    /// The folder below which a feed of this dialect can tell of changes; nil where none is wanted.
    private func feedRoot(of work: ListingWork) -> [UInt8]? {
        let (feed, path) = (gateway.settings.feed, Array(work.key.path))
        switch work.dialect {
        case .webdav where feed.walk && gateway.dialects.rules.ancestors.reachesRoot(from: path):
            return Dialect.tagRoot(of: path)
        case .graph where feed.delta: return Dialect.driveRoot(of: path)
        default: return nil
        }
    }

    /// The listing with the life that another's proof gives it, where the operator allows that.
    private func shared(_ work: ListingWork, _ now: Int64) -> Entry? {
        guard let stored = work.stored else { return nil }
        let naming = gateway.naming
        let renewed = gateway.shares.renewed(work, now: now) { generation in
            gateway.generations.mayStore(generation, folder: stored.folder, aliases: stored.aliases) {
                naming.lineage(stored.key.path)
            }
        }
        guard let renewed else { return nil }
        gateway.memory.insert(renewed)
        gateway.derivation.listed(renewed)
        return renewed
    }

    /// Joins or begins the fill of a listing.
    ///
    /// - Parameter exchange: who may get the answer streamed when it is too large to gather; nil for work nobody waits for.
    @discardableResult
    func fill(
        _ work: ListingWork, request: RequestMessage, remoteAddress: String, for exchange: Exchange?,
        isPrefetch: Bool = false
    ) -> (FillHandle, leads: Bool) {
        let naming = gateway.naming
        let folder = naming.folder(work.key.path)
        let promise = loop.makePromise(of: FillResult.self)
        let generation = gateway.generation(for: work)
        let now = front.now()
        let unknown = work.dialect.namesOfUnknown.map { naming.folder($0) }
        let place = gateway.fills.enter(
            work.key, mayJoin: !work.forcesRefresh, now: now,
            lineage: { naming.lineage(work.key.path) + unknown },
            make: {
                FillHandle(
                    generation: generation, folder: folder, beganAt: now, future: promise.futureResult,
                    isPrefetch: isPrefetch)
            })
        switch place {
        case .joined(let handle):
            promise.succeed(.failed(.cancelled))
            if !isPrefetch { handle.isPrefetch.store(false, ordering: .relaxed) }
            return (handle, false)
        case .leads(let handle):
            let fill = Fill(
                gateway: gateway, work: work, request: request, remoteAddress: remoteAddress, handle: handle,
                promise: promise, loop: loop, exchange: exchange, isPrefetch: isPrefetch,
                packer: packer, report: { [front] in front.report($0, $1) })
            fill.start()
            return (handle, true)
        }
    }

    private func deliver(_ result: FillResult, to exchange: Exchange, _ work: ListingWork, leads: Bool) {
        let now = front.now()
        switch result {
        case .entry(let entry, let tier, let stored, let revalidated):
            // Who waited for another's fill may have been refused meanwhile.
            guard leads || work.mayRead(at: now) else { return passThrough(exchange, .unvouched) }
            var verdict: Verdict
            if tier == .redis {
                verdict = Verdict(.hit, tier: .redis, prefetched: entry.prefetched)
                if !leads { verdict.outcome = .collapsed }
            } else if !leads {
                verdict = Verdict(.collapsed, reason: nil)
            } else if revalidated {
                verdict = Verdict(.revalidated)
            } else {
                verdict = Verdict(.miss, reason: work.reason)
            }
            front.opened(entry, now: now, peer: exchange.peer)
            front.report(exchange, verdict)
            let status: String? =
                verdict.outcome == .hit
                ? nil
                : StatusField.forwarded(
                    verdict, status: revalidated ? 304 : entry.status, stored: stored,
                    ttl: (entry.life.freshUntil - now) / 1_000)
            exchange.respond(with: entry, verdict: verdict, status: status, now: now, memory: gateway.memory)
        case .response(let response, let reason, let shareable):
            let mayShare = shareable && exchange.takes(response.fields)
            guard leads || mayShare else { return passThrough(exchange, reason) }
            if serveStale(work, to: exchange, insteadOf: response.status) { return }
            let verdict =
                leads ? Verdict(.miss, reason: reason) : Verdict(.collapsed, reason: reason)
            front.report(exchange, verdict)
            var head = ResponseHead(status: response.status, reason: response.reason, fields: response.fields)
            head.fields.add(name: StatusField.name, value: StatusField.forwarded(verdict, status: response.status))
            exchange.respond(head, body: exchange.request.method == .head ? ByteBuffer() : response.body)
        case .streamed:
            // The leader's exchange is being answered by the fill itself.
            if !leads { passThrough(exchange, .tooLarge) }
        case .failed(let failure):
            if failure == .cancelled, !leads { return passThrough(exchange, work.reason) }
            if serveStale(work, to: exchange, insteadOf: failure.status) { return }
            let verdict = Verdict(.error, reason: failure.reason)
            front.report(exchange, verdict)
            let head = ResponseHead(
                status: failure.status,
                fields: [
                    "Content-Type": "text/plain; charset=utf-8",
                    StatusField.name: StatusField.forwarded(verdict, status: nil),
                ])
            exchange.respond(head, body: ByteBuffer(string: FailureText.text(failure)))
        }
    }

    /// RFC 5861 §4: an origin that fails is covered by what is stored, within the stale ceiling; never after 401 or 403.
    private func serveStale(_ work: ListingWork, to exchange: Exchange, insteadOf status: Int) -> Bool {
        guard status == 429 || status >= 500, let entry = work.stored, work.reason == .expired else { return false }
        let now = front.now()
        guard now < entry.life.staleIfErrorUntil, work.credential.mayRead(entry.principal, at: now) else {
            return false
        }
        let naming = gateway.naming
        guard gateway.generations.holds(entry, lineage: { naming.lineage(entry.key.path) }) else { return false }
        let verdict = Verdict(.stale, tier: .memory, prefetched: entry.prefetched)
        front.report(exchange, verdict)
        exchange.respond(with: entry, verdict: verdict, status: nil, now: now, memory: gateway.memory)
        return true
    }
}

/// Gathers a request body up to a limit; nil when it is larger or never completes.
private final class BodyGatherer: BodySink {
    private var body = ByteBuffer()
    private let limit: Int
    private var completion: ((ByteBuffer?) -> Void)?

    init(limit: Int, completion: @escaping (ByteBuffer?) -> Void) {
        self.limit = limit
        self.completion = completion
    }

    func bodyPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        if body.readableBytes + part.readableBytes > limit {
            complete(nil)
        } else {
            body.writeImmutableBuffer(part)
        }
        return nil
    }

    func bodyEnd() { complete(body) }
    func bodyAborted() { complete(nil) }

    private func complete(_ body: ByteBuffer?) {
        let completion = self.completion
        self.completion = nil
        completion?(body)
    }
}
