import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleTelemetry
import Synchronization

/// The way of a GET or HEAD that is no listing: look, decide by RFC 9111, answer or ask the origin. Confined to its loop.
final class GeneralFlow {
    /// How often a request that waited in vain for another's answer looks again before it asks for itself.
    private static let attempts = 2

    private unowned let front: Front
    private unowned let pipeline: Pipeline
    private var gateway: Gateway { front.gateway }
    private let loop: any EventLoop

    init(front: Front, pipeline: Pipeline) {
        self.front = front
        self.pipeline = pipeline
        loop = front.loop
    }

    func open(_ exchange: Exchange, _ work: GeneralWork) {
        open(exchange, work, attempt: 0)
    }

    private func open(_ exchange: Exchange, _ work: GeneralWork, attempt: Int) {
        let request = exchange.request
        let work = work.placed(at: front.now())
        let control = RequestCacheControl(request.fields)
        guard !control.noStore else { return pipeline.passThrough(exchange, .clientNoStore) }
        let now = front.now()
        var selection = GeneralLookup(gateway: gateway).select(
            work.key, hash: work.hash, fields: request.fields, now: now)
        if selection.selected == nil, let shared = findPublic(work, request.fields, now) { selection = shared }
        guard let stored = selection.selected else {
            if Reuse.decideWithoutStored(control) == .gatewayTimeout { return notCached(exchange) }
            return fetch(exchange, work, selection, control, attempt)
        }
        guard stored.entry.key.principal == .anonymous || work.credential.mayRead(stored.entry.principal, at: now)
        else {
            guard !control.onlyIfCached else { return notCached(exchange) }
            selection.reason = .unvouched
            return fetch(exchange, work, selection, control, attempt)
        }
        switch Reuse.decide(control, stored.lifetime, elapsed: stored.elapsed(at: now)) {
        case .fresh: serve(stored, to: exchange, Verdict(.hit, tier: .memory))
        case .staleAllowed: serve(stored, to: exchange, Verdict(.stale, tier: .memory))
        case .staleWhileRevalidate:
            serve(stored, to: exchange, Verdict(.stale, tier: .memory))
            selection.reason = .expired
            renew(work, selection, request, remoteAddress: exchange.remoteAddress)
        case .revalidate(let cause):
            selection.reason = cause == .client ? .clientNoCache : .expired
            fetch(exchange, work, selection, control, attempt)
        case .gatewayTimeout: notCached(exchange)
        }
    }

    /// What everybody may have of an answer that was declared public.
    private func findPublic(_ work: GeneralWork, _ fields: HTTPHeaders, _ now: Int64) -> GeneralSelection? {
        guard let key = DeclaredPublic.key(for: work, request: fields) else { return nil }
        var selection = GeneralLookup(gateway: gateway).select(
            key, hash: GeneralKey.hash(key), fields: fields, now: now)
        guard let stored = selection.selected, DeclaredPublic.isPublic(stored.fields) else { return nil }
        // What is fetched in its place is this principal's until it proves to be everybody's: nobody else may join.
        selection.key = work.key
        selection.hash = work.hash
        return selection
    }

    // MARK: Answers from memory

    private func serve(_ stored: StoredResponse, to exchange: Exchange, _ verdict: Verdict) {
        let now = front.now()
        let life = stored.entry.life
        let status = CacheStatusField(
            hit: true, ttl: Int((life.freshUntil - now) / 1_000),
            detail: verdict.outcome == .stale ? "stale memory" : "memory")
        deliver(stored, to: exchange, verdict, status, now)
    }

    private func deliver(
        _ stored: StoredResponse, to exchange: Exchange, _ verdict: Verdict, _ status: CacheStatusField, _ now: Int64
    ) {
        let answer = GeneralAnswer.make(
            stored, for: exchange.request, cacheStatus: status, now: now,
            wall: Int(WallTime.now().milliseconds / 1_000))
        guard let (head, body) = answer else { return pipeline.passThrough(exchange, .conditional) }
        stored.entry.hits.add(1, ordering: .relaxed)
        front.report(exchange, verdict)
        exchange.respond(head, body: body)
    }

    private func notCached(_ exchange: Exchange) {
        front.report(exchange, Verdict(.error, reason: .onlyIfCached))
        let (head, body) = GeneralAnswer.notCached
        exchange.respond(head, body: body)
    }

    // MARK: Asking the origin

    private func fetch(
        _ exchange: Exchange, _ work: GeneralWork, _ selection: GeneralSelection, _ control: RequestCacheControl,
        _ attempt: Int
    ) {
        let fields = exchange.request.fields
        if fields.contains(name: "if-match") || fields.contains(name: "if-unmodified-since") {
            return pipeline.passThrough(exchange, .conditional)
        }
        if exchange.request.method == .head {
            return forwardHead(exchange, selection)
        }
        let canConfirm = selection.selected.map { Validators($0.fields).isUsable } ?? false
        // A part of something that is not here is fetched as a part.
        if fields.contains(name: "range"), !canConfirm { return pipeline.passThrough(exchange, .range) }
        let isConditional = fields.contains(name: "if-none-match") || fields.contains(name: "if-modified-since")
        let conditions: GeneralFill.Conditions =
            canConfirm || !selection.others.isEmpty ? .validators : isConditional ? .asSent : .none
        let mayJoin = !control.noCache && control.maxAge != 0 && attempt < Self.attempts
        let isAlone =
            conditions == .asSent || !mayJoin
            || gateway.hitForMiss.holds(selection.hash, now: front.now())
        let plan = GeneralFill.Plan(work: work, selection: selection, control: control, conditions: conditions)
        let (handle, fill) = start(
            plan, exchange.request, exchange.remoteAddress, for: exchange, isAlone: isAlone)
        let bound = NIOLoopBound((exchange, self, fill), eventLoop: loop)
        handle.future.hop(to: loop).whenSuccess { result in
            let (exchange, flow, fill) = bound.value
            if let fill {
                flow.finishLeader(fill, result, exchange, plan)
            } else {
                flow.finishFollower(result, exchange, plan, attempt)
            }
        }
    }

    /// Renews what was just served stale; nobody waits for it.
    private func renew(
        _ work: GeneralWork, _ selection: GeneralSelection, _ request: RequestMessage, remoteAddress: String
    ) {
        let plan = GeneralFill.Plan(
            work: work, selection: selection, control: RequestCacheControl(), conditions: .validators)
        _ = start(plan, request, remoteAddress, for: nil, isAlone: false)
    }

    /// Joins the fill of the same name or begins one; the fill is nil for those who joined.
    private func start(
        _ plan: GeneralFill.Plan, _ request: RequestMessage, _ remoteAddress: String, for exchange: Exchange?,
        isAlone: Bool
    ) -> (FillHandle, GeneralFill?) {
        let place = GeneralPlace(target: plan.work.key.path, naming: gateway.naming)
        let promise = loop.makePromise(of: FillResult.self)
        let now = front.now()
        let made = FillHandle(
            generation: gateway.generations.begin(), folder: place.folder, beganAt: now, future: promise.futureResult,
            isPrefetch: false)
        if !isAlone {
            let found = gateway.fills.enter(
                plan.selection.key, mayJoin: true, now: now, lineage: place.lineage, make: { made })
            if case .joined(let handle) = found {
                promise.succeed(.failed(.cancelled))
                return (handle, nil)
            }
        }
        let fill = GeneralFill(
            gateway: gateway, plan: plan, request: request, remoteAddress: remoteAddress, handle: made,
            promise: promise, loop: loop, exchange: exchange, report: { [front] in front.report($0, $1) })
        fill.start()
        return (made, fill)
    }

    // MARK: What a fill brought

    /// The fill answers its own client where it can do so while the answer arrives; the rest is left to do here.
    private func finishLeader(
        _ fill: GeneralFill, _ result: FillResult, _ exchange: Exchange, _ plan: GeneralFill.Plan
    ) {
        guard !fill.hasAnswered else { return }
        let now = front.now()
        switch result {
        case .entry(let entry, _, let stored, let revalidated):
            let verdict = revalidated ? Verdict(.revalidated) : Verdict(.miss, reason: plan.selection.reason)
            let status = CacheStatusField(
                forward: plan.forward, forwardStatus: revalidated ? 304 : entry.status, stored: stored,
                ttl: Int((entry.life.freshUntil - now) / 1_000), detail: plan.selection.reason.rawValue)
            deliver(read(entry, now), to: exchange, verdict, status, now)
        case .response(let response, let reason, _):
            if serveStale(plan, to: exchange, insteadOf: response.status, now) { return }
            answer(exchange, response, Verdict(.miss, reason: reason), plan, collapsed: false)
        case .streamed: break
        case .failed(let failure):
            if serveStale(plan, to: exchange, insteadOf: nil, now) { return }
            fail(exchange, failure, plan)
        }
    }

    private func finishFollower(
        _ result: FillResult, _ exchange: Exchange, _ plan: GeneralFill.Plan, _ attempt: Int
    ) {
        guard !exchange.isClientGone else { return }
        let now = front.now()
        switch result {
        case .entry(let entry, _, let stored, _)
        where isFor(exchange.request, entry, plan, now)
            && (entry.principal == .anonymous || plan.work.credential.mayRead(entry.principal, at: now)):
            let status = CacheStatusField(
                forward: plan.forward, forwardStatus: entry.status, stored: stored, collapsed: true,
                ttl: Int((entry.life.freshUntil - now) / 1_000), detail: Outcome.collapsed.rawValue)
            deliver(read(entry, now), to: exchange, Verdict(.collapsed), status, now)
        case .response(let response, let reason, shareable: true):
            if serveStale(plan, to: exchange, insteadOf: response.status, now) { return }
            answer(exchange, response, Verdict(.collapsed, reason: reason), plan, collapsed: true)
        case .failed(let failure) where failure != .cancelled:
            if serveStale(plan, to: exchange, insteadOf: nil, now) { return }
            fail(exchange, failure, plan)
        case .entry, .streamed, .response, .failed:
            // It was another's answer. Memory may know more by now; if not, this request asks for itself.
            let isKnown = if case .entry = result { true } else { false }
            open(exchange, plan.work, attempt: isKnown ? attempt + 1 : Self.attempts)
        }
    }

    /// Whether an answer that another request fetched is this one's too: the same variant, and fresh.
    private func isFor(_ request: RequestMessage, _ entry: Entry, _ plan: GeneralFill.Plan, _ now: Int64) -> Bool {
        guard now < entry.life.freshUntil else { return false }
        let stored = read(entry, now)
        guard Reuse.decide(plan.control, stored.lifetime, elapsed: stored.elapsed(at: now)) == .fresh else {
            return false
        }
        let names = stored.lifetime.varyNames
        let primary = DeclaredPublic.key(
            for: plan.work.placed(at: now), request: request.fields, response: stored.fields)
        guard !names.isEmpty else { return entry.key == primary }
        let variant = gateway.naming.variant(Vary.variantKey(names, request: request.fields))
        return entry.key == GeneralKey.variant(of: primary, variant)
    }

    private func read(_ entry: Entry, _ now: Int64) -> StoredResponse {
        StoredResponse(
            entry, policy: gateway.generalPolicy, now: now, wall: Int(WallTime.now().milliseconds / 1_000))
    }

    private func answer(
        _ exchange: Exchange, _ response: FillResponse, _ verdict: Verdict, _ plan: GeneralFill.Plan, collapsed: Bool
    ) {
        front.report(exchange, verdict)
        var head = ResponseHead(status: response.status, reason: response.reason, fields: response.fields)
        CacheStatusField(
            forward: plan.forward, forwardStatus: response.status, collapsed: collapsed,
            detail: verdict.reason?.rawValue
        ).append(to: &head.fields)
        exchange.respond(head, body: response.body)
    }

    private func fail(_ exchange: Exchange, _ failure: OriginFailure, _ plan: GeneralFill.Plan) {
        let verdict = Verdict(.error, reason: failure.reason)
        front.report(exchange, verdict)
        var head = ResponseHead(status: failure.status, fields: ["Content-Type": "text/plain; charset=utf-8"])
        CacheStatusField(forward: plan.forward, detail: failure.reason.rawValue).append(to: &head.fields)
        exchange.respond(head, body: ByteBuffer(string: FailureText.text(failure)))
    }

    /// RFC 5861 §4: what is stored stands in for an origin that fails (`status` nil: without any answer).
    private func serveStale(
        _ plan: GeneralFill.Plan, to exchange: Exchange, insteadOf status: Int?, _ now: Int64
    ) -> Bool {
        guard let stored = plan.standIn(status: status, now: now),
            stored.entry.key.principal == .anonymous
                || plan.work.credential.mayRead(stored.entry.principal, at: now),
            gateway.generations.holds(general: stored.entry, naming: gateway.naming)
        else { return false }
        let field = CacheStatusField(
            forward: plan.forward, forwardStatus: status, ttl: Int((stored.entry.life.freshUntil - now) / 1_000),
            detail: "stale memory")
        deliver(stored, to: exchange, Verdict(.stale, tier: .memory), field, now)
        return true
    }

    // MARK: HEAD

    private func forwardHead(_ exchange: Exchange, _ selection: GeneralSelection) {
        let relay = StreamRelay(
            exchange: exchange, fields: gateway.fields,
            verdict: Verdict(.bypass, reason: .method), onVerdict: { [front] in front.report($0, $1) })
        let receiver = HeadRelay(
            gateway: gateway, relay: relay, stored: selection.selected, request: exchange.request, now: front.now())
        let message = OriginRequest(
            method: "HEAD", isSafe: true, target: exchange.request.target,
            fields: gateway.fields.forward(exchange.request, remoteAddress: exchange.remoteAddress), body: .none)
        relay.call = gateway.origin.send(message, to: receiver, on: loop)
        exchange.onClientGone = { [weak relay] in relay?.call?.cancel() }
    }
}
