import NIOCore
import NIOHTTP1
import RiffleHTTP
import RiffleTelemetry

/// Passes one origin answer through to one client, part by part, each side waiting for the other. Loop-confined.
final class StreamRelay: OriginReceiver {
    private let exchange: Exchange
    private let fields: OriginFields
    private let verdict: Verdict
    private let onVerdict: (Exchange, Verdict) -> Void
    var call: OriginCall?

    init(
        exchange: Exchange, fields: OriginFields, verdict: Verdict,
        onVerdict: @escaping (Exchange, Verdict) -> Void
    ) {
        self.exchange = exchange
        self.fields = fields
        self.verdict = verdict
        self.onVerdict = onVerdict
    }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        begin(head)
        return nil
    }

    func originInterim(_ head: HTTPResponseHead) {
        exchange.interim(fields.interim(head, to: exchange.request.authority))
    }

    func originTrailers(_ fields: HTTPHeaders) {
        exchange.trailers = TrailerFields.allowed(fields)
    }

    private func begin(_ head: HTTPResponseHead) {
        var answer = ResponseHead(
            status: Int(head.status.code), reason: head.status.reasonPhrase,
            fields: fields.answer(head, to: exchange.request.authority))
        answer.fields.add(name: StatusField.name, value: StatusField.forwarded(verdict, status: answer.status))
        onVerdict(exchange, verdict)
        exchange.begin(answer)
    }

    /// Takes over an answer of which the head and some parts were already gathered.
    func resume(_ head: HTTPResponseHead, parts: ByteBuffer) -> EventLoopFuture<Void>? {
        begin(head)
        return originPart(parts)
    }

    /// Takes over an answer whose beginning was already coded.
    func resume(_ head: HTTPResponseHead, inflating body: InflatedBody) -> EventLoopFuture<Void> {
        begin(head)
        let promise = exchange.loop.makePromise(of: Void.self)
        body.send(on: exchange) { isWhole in
            if !isWhole {
                self.call?.cancel()
                self.exchange.abort()
            }
            promise.succeed()
        }
        return promise.futureResult
    }

    var isClientGone: Bool { exchange.isClientGone }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        if exchange.isClientGone {
            call?.cancel()
            return nil
        }
        return exchange.write(part)
    }

    func originEnd() {
        exchange.finish()
    }

    func originFailed(_ failure: OriginFailure) {
        guard !exchange.headSent else { return exchange.abort() }
        let error = Verdict(.error, reason: failure.reason)
        onVerdict(exchange, error)
        var head = ResponseHead(status: failure.status, fields: ["Content-Type": "text/plain; charset=utf-8"])
        head.fields.add(name: StatusField.name, value: StatusField.forwarded(error, status: nil))
        exchange.respond(head, body: ByteBuffer(string: FailureText.text(failure)))
    }
}

/// What a client is told when the origin gave no usable answer; it names no address of the origin.
enum FailureText {
    static func text(_ failure: OriginFailure) -> String {
        switch failure {
        case .unreachable: "the origin can't be reached\n"
        case .timedOut: "the origin did not answer in time\n"
        case .broken: "the origin's answer broke off\n"
        case .cancelled: "the request was given up\n"
        case .unsendable: "the request can't be passed on\n"
        }
    }
}
