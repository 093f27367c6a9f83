import NIOCore
import NIOHTTP1
import RiffleHTTP
import RiffleListings
import RiffleTelemetry

/// The way of a write: read its body where the effects are in there, ask the origin for what the request does not tell,
/// fence, forward, invalidate, answer. Confined to its event loop.
final class WritePipeline {
    /// Questions before one write.
    private static let lookUpLimit = 3

    private unowned let front: Front
    private var gateway: Gateway { front.gateway }
    private let loop: any EventLoop

    init(front: Front) {
        self.front = front
        loop = front.loop
    }

    func open(_ exchange: Exchange, _ work: WriteWork) {
        guard let head = work.head, exchange.request.framing != .none else {
            return lookUp(exchange, work.dialect, work.effects, body: nil)
        }
        if case .length(let length) = exchange.request.framing, length > Dialect.writeBodyLimit {
            return lookUp(exchange, work.dialect, work.effects, body: nil)
        }
        var body: WriteBody?
        let reader = WriteBody(limit: Dialect.writeBodyLimit, loop: loop) { [self] reading in
            let read = body
            body = nil
            switch reading {
            case .whole(let bytes):
                exchange.gathered(bytes)
                if BatchHits(front: front).answer(exchange, work.dialect, bytes) { return }
                lookUp(exchange, work.dialect, effects(work, head, bytes), body: nil)
            case .tooLong:
                lookUp(exchange, work.dialect, work.effects, body: read)
            case .aborted:
                // Nothing went out, so nothing can have changed.
                front.report(exchange, Verdict(.error, reason: .badRequest))
                exchange.abort()
            }
        }
        body = reader
        exchange.readBody(into: reader)
    }

    private func effects(_ work: WriteWork, _ head: ByteBuffer, _ body: ByteBuffer) -> WriteEffects {
        var parsed = RequestHead()
        return head.withUnsafeReadableBytes { bytes in
            guard case .complete = RequestParser.parse(bytes, into: &parsed, limits: front.requestLimits) else {
                return work.effects
            }
            return work.dialect.effects(
                of: parsed, bytes: bytes, body: Array(body.readableBytesView), rules: gateway.dialects.rules)
        }
    }

    /// Asks the origin, with the client's own credential, what the write is about.
    private func lookUp(
        _ exchange: Exchange, _ dialect: Dialect, _ effects: WriteEffects, body: WriteBody?, asked: Int = 0
    ) {
        guard let target = effects.lookUp, asked < Self.lookUpLimit else {
            return fence(exchange, dialect, effects, body: body)
        }
        let request = OriginRequest(
            method: "GET", isSafe: true, target: String(decoding: target, as: UTF8.self),
            fields: gateway.fields.lookUp(exchange.request, remoteAddress: exchange.remoteAddress), body: .none)
        let gatherer = AnswerGatherer(limit: Dialect.writeBodyLimit) { [self] head, answer in
            let refined = dialect.refined(effects, by: head.map { WriteAnswer($0, body: answer) })
            lookUp(exchange, dialect, refined, body: body, asked: asked + 1)
        }
        gateway.origin.send(request, to: gatherer, on: loop)
    }

    private func fence(_ exchange: Exchange, _ dialect: Dialect, _ effects: WriteEffects, body: WriteBody?) {
        let flow = WriteFlow(
            gateway: gateway, dialect: dialect, effects: effects,
            general: GeneralInvalidation(exchange.request, effects, gateway: gateway), loop: loop,
            authority: exchange.request.authority)
        guard let fenced = flow.fence() else { return forward(exchange, flow, body) }
        fenced.assumeIsolated().whenComplete { _ in self.forward(exchange, flow, body) }
    }

    /// A client that leaves does not undo what the origin may already be doing: the call goes on where it can.
    private func forward(_ exchange: Exchange, _ flow: WriteFlow, _ body: WriteBody?) {
        let relay = StreamRelay(exchange: exchange, fields: gateway.fields, verdict: Verdict(.write)) {
            [front] in front.report($0, $1)
        }
        var request = gateway.originRequest(exchange)
        if let body, case .exchange(_, let length) = request.body { request.body = .begun(body, length: length) }
        relay.call = gateway.origin.send(request, to: WriteRelay(relay: relay, flow: flow, loop: loop), on: loop)
    }
}
