import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleTelemetry

/// One origin call for a response that is no listing. The answer streams to the one who asked while it is gathered to be
/// stored; what may not be stored releases everyone who waits as soon as its head is there.
///
/// Confined to its loop. It outlives its client as long as the answer is worth keeping.
final class GeneralFill: OriginReceiver {
    enum Conditions {
        /// Unconditional, whatever the client asked.
        case none
        /// Those of what is stored.
        case validators
        /// The client's own: nothing is stored that could answer them.
        case asSent
    }

    /// What is asked and why.
    struct Plan {
        let work: GeneralWork
        let selection: GeneralSelection
        let control: RequestCacheControl
        let conditions: Conditions

        /// Responses whose validators go along.
        var asked: [StoredResponse] { selection.selected.map { [$0] } ?? selection.others }

        var forward: CacheStatusField.Forward {
            switch selection.reason {
            case .clientNoCache: .request
            case .expired, .unvouched: .stale
            case .vary: .varyMiss
            default: .uriMiss
            }
        }

        /// What may be served instead of an error of the origin; `status` nil: it gave no answer.
        func standIn(status: Int?, now: Int64) -> StoredResponse? {
            guard let stored = selection.selected, status.map(Reuse.isError) ?? true,
                Reuse.answersError(control, stored.lifetime, elapsed: stored.elapsed(at: now))
            else { return nil }
            return stored
        }
    }

    /// A length the origin announces is believed this far before its bytes have come.
    private static let largestReserve = 1 << 20

    /// What becomes of the body.
    private enum Use {
        case undecided
        /// Gathered to be stored.
        case store(Lifetime)
        /// Gathered for those who wait, who may have it though it is not stored.
        case share(Reason)
        /// A 304, or an error that something stored stands in for.
        case discard
        /// Not gathered.
        case passOn
    }

    private let gateway: Gateway
    private let plan: Plan
    private let request: RequestMessage
    private let remoteAddress: String
    private let handle: FillHandle
    private let promise: EventLoopPromise<FillResult>
    private let loop: any EventLoop
    private let report: (Exchange, Verdict) -> Void
    /// Who gets the answer while it arrives.
    private var exchange: Exchange?
    /// Whether the client that began the fill has its answer, or the beginning of it.
    private(set) var hasAnswered = false
    private var call: OriginCall?
    private var use = Use.undecided
    private var response = FillResponse(status: 0, reason: "", fields: [:], body: ByteBuffer())
    private var conditions: Conditions
    private var askedAt: Int64 = 0
    private var answeredAt: Int64 = 0
    private var question: OriginRequest?
    private var refusals = 0
    private var ended = false

    init(
        gateway: Gateway, plan: Plan, request: RequestMessage, remoteAddress: String, handle: FillHandle,
        promise: EventLoopPromise<FillResult>, loop: any EventLoop, exchange: Exchange?,
        report: @escaping (Exchange, Verdict) -> Void
    ) {
        self.gateway = gateway
        self.plan = plan
        self.request = request
        self.remoteAddress = remoteAddress
        self.handle = handle
        self.promise = promise
        self.loop = loop
        self.exchange = exchange
        self.report = report
        conditions = plan.conditions
    }

    func start() {
        var fields = gateway.fields.forward(request, remoteAddress: remoteAddress)
        switch conditions {
        case .none: ConditionalRequest.unconditional(&fields)
        case .validators: ConditionalRequest.apply(stored: plan.asked.map(\.fields), to: &fields)
        case .asSent: break
        }
        gateway.cookies.strip(&fields)
        refusals = plan.work.credential.refusals
        askedAt = gateway.clock.milliseconds()
        exchange?.onClientGone = { [weak self] in self?.clientGone() }
        let question = OriginRequest(
            method: "GET", isSafe: true, target: request.target, fields: fields, body: .none)
        self.question = question
        call = gateway.origin.send(question, to: self, on: loop)
    }

    private func clientGone() {
        exchange = nil
        if case .passOn = use { call?.cancel() }
    }

    // MARK: The origin's answer

    func originInterim(_ head: HTTPResponseHead) {
        exchange?.interim(gateway.fields.interim(head, to: request.authority))
    }

    func originTrailers(_ fields: HTTPHeaders) {
        exchange?.trailers = TrailerFields.allowed(fields)
    }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        answeredAt = gateway.clock.milliseconds()
        response.status = Int(head.status.code)
        response.reason = head.status.reasonPhrase
        response.fields = gateway.fields.answer(head, to: request.authority)
        observe()
        decide(announced: head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0)
        return nil
    }

    private var wall: Int { Int(WallTime.now().milliseconds / 1_000) }

    private func decide(announced: Int) {
        if response.status == 304, conditions == .validators {
            use = .discard
            return
        }
        if plan.standIn(status: response.status, now: answeredAt) != nil {
            use = .discard
            return
        }
        let decision = gateway.generalPolicy.decide(
            status: response.status, response.fields, request: request, isKeyed: plan.work.isKeyed,
            delay: Int(answeredAt - askedAt), wall: wall)
        let fits = announced <= gateway.settings.cache.largestListing
        switch decision {
        case .keep(let lifetime) where fits:
            use = .store(lifetime)
            if lifetime.freshFor == 0 {
                gateway.hitForMiss.remember(plan.selection.hash, now: answeredAt)
            } else {
                gateway.hitForMiss.forget(plan.selection.hash)
            }
        case .keep:
            pass(.tooLarge)
        case .refuse(let refusal, let shareable):
            // Sharing needs the certainty that every waiting request would have selected it.
            if shareable, fits, Vary.names(response.fields) == .names([]) {
                use = .share(refusal.reason)
                forget()
            } else {
                pass(refusal.reason)
            }
        }
        if case .passOn = use {
        } else {
            response.body.reserveCapacity(min(announced, Self.largestReserve))
        }
        beginAnswer()
    }

    /// Nobody but the client that asked gets the answer; those who wait go on at once, and the next ones do not wait.
    private func pass(_ reason: Reason) {
        use = .passOn
        refusal = reason
        forget()
        gateway.hitForMiss.remember(plan.selection.hash, now: answeredAt)
        finish(.streamed)
        if exchange == nil { call?.cancel() }
    }

    private var refusal: Reason?

    /// A newer answer that is not kept replaces what is stored all the same.
    private func forget() {
        guard response.status < 500 && response.status != 304, let stored = plan.selection.selected else { return }
        GeneralStore(gateway: gateway).remove(stored.entry)
    }

    /// What the answer says about the credential.
    private func observe() {
        let credential = plan.work.credential
        switch response.status {
        case 200..<300, 304:
            let acceptance = gateway.acceptance(refusals: refusals)
            credential.vouch(acceptance)
            guard let question, credential.isUnproven(at: acceptance.now) else { return }
            let target = GeneralKey.hash(plan.work.key.moved(to: .anonymous))
            gateway.proof.prove(credential, question, target: target, acceptance, on: loop) {}
        case 401, 403:
            credential.revoke()
        default: break
        }
    }

    // MARK: To the client

    private func beginAnswer() {
        guard let exchange, !exchange.isClientGone else { return }
        hasAnswered = true
        var status = CacheStatusField(
            forward: plan.forward, forwardStatus: response.status, detail: plan.selection.reason.rawValue)
        switch use {
        case .store(let lifetime):
            status.stored = true
            status.ttl = lifetime.freshFor / 1_000
        case .share(let reason): status.detail = reason.rawValue
        default: status.detail = refusal?.rawValue
        }
        report(exchange, Verdict(.miss, reason: refusal ?? plan.selection.reason))
        var head = ResponseHead(status: response.status, reason: response.reason, fields: response.fields)
        status.append(to: &head.fields)
        // The conditions the client sent were replaced by riffle's own: they are met here.
        if conditions != .asSent, isNotModified {
            head = ResponseHead(status: 304, fields: Validation.notModifiedFields(head.fields))
            exchange.respond(head, body: ByteBuffer())
            self.exchange = nil
            if case .passOn = use { call?.cancel() }
            return
        }
        exchange.begin(head)
    }

    private var isNotModified: Bool {
        Validation.decide(
            method: request.method, request: request.fields, status: response.status, stored: response.fields,
            receivedAt: wall, now: wall) == .notModified
    }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        switch use {
        case .undecided, .discard:
            return nil
        case .store, .share:
            // Gathered as fast as the origin gives it: those who wait do not depend on how fast one client reads.
            let slow = exchange?.write(part)
            response.body.writeImmutableBuffer(part)
            guard response.body.readableBytes > gateway.settings.cache.largestListing else { return nil }
            response.body = ByteBuffer()
            pass(.tooLarge)
            return slow
        case .passOn:
            return exchange?.write(part)
        }
    }

    func originEnd() {
        switch use {
        case .store(let lifetime): store(lifetime)
        case .share(let reason): finish(.response(response, reason: reason, shareable: true))
        case .discard where response.status == 304:
            guard confirm() else { return askAgain() }
        case .discard: finish(.response(response, reason: .uncacheableResponse, shareable: true))
        case .passOn, .undecided: finish(.streamed)
        }
        if hasAnswered { exchange?.finish() }
        exchange = nil
    }

    func originFailed(_ failure: OriginFailure) {
        if hasAnswered { exchange?.abort() }
        exchange = nil
        // What broke off in the middle is no answer to anybody; who waited asks anew.
        finish(hasAnswered ? .streamed : .failed(failure))
    }

    // MARK: Keeping

    private func store(_ lifetime: Lifetime) {
        let store = GeneralStore(gateway: gateway)
        let work = plan.work.placed(at: answeredAt)
        let primary = DeclaredPublic.key(for: work, request: request.fields, response: response.fields)
        let entry = store.entry(
            GeneralStore.Response(
                status: response.status, reason: response.reason, fields: response.fields, body: response.body),
            lifetime: lifetime, primary: primary, request: request.fields, generation: handle.generation,
            now: answeredAt, fillMilliseconds: answeredAt - askedAt)
        let isStored = store.put(entry, lifetime: lifetime, primary: primary, request: request.fields)
        finish(.entry(entry, tier: .origin, stored: isStored, revalidated: false))
    }

    /// The origin says that something stored still holds: which, and until when.
    ///
    /// - Returns: false when it speaks of something else, and only the whole answer helps.
    private func confirm() -> Bool {
        let asked = plan.asked
        guard let index = ConditionalRequest.confirmed(by: response.fields, among: asked.map(\.fields)) else {
            return false
        }
        let stored = asked[index]
        let store = GeneralStore(gateway: gateway)
        let renewed = store.renewed(
            stored, by: response.fields, request: request, isKeyed: plan.work.isKeyed,
            primary: plan.work.placed(at: answeredAt).key,
            generation: handle.generation, delay: answeredAt - askedAt, now: answeredAt)
        guard let renewed else {
            store.remove(stored.entry)
            finish(.entry(stored.entry, tier: .origin, stored: false, revalidated: true))
            return true
        }
        finish(.entry(renewed.entry, tier: .origin, stored: renewed.isStored, revalidated: true))
        return true
    }

    private func askAgain() {
        conditions = .none
        use = .undecided
        start()
    }

    private func finish(_ result: FillResult) {
        guard !ended else { return }
        ended = true
        gateway.fills.finished(plan.selection.key, handle)
        promise.succeed(result)
    }
}
