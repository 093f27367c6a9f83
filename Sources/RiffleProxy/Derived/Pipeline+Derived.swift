import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleTelemetry

/// A read of a name that file managers ask for everywhere, by a principal who may have its folder's listing in memory.
struct ProbeWork {
    let path: [UInt8]
    /// Method and the fields that an answer may depend on.
    let form: [UInt8]
    let credential: Credential
    let reason: Reason
}

extension ProbeWork {
    /// Nil for any request but a probe that streams through otherwise.
    init?(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ reason: Reason, _ credentials: inout CredentialMemo,
        _ certificate: ClientCertificate?, now: Int64
    ) {
        guard reason == .notAListing, head.method == .get || head.method == .head, !head.hasQuery,
            NameRules.mayBeProbe(UnsafeRawBufferPointer(rebasing: bytes[head.path.range])),
            case .known(let credential) = credentials.scan(head, bytes, certificate: certificate, now: now),
            let path = Dialect.canonicalFolderPath(bytes[head.path.range]), NameRules.isProbe(path)
        else { return nil }
        let directives = RequestDirectives(head, bytes)
        guard !directives.refresh, !directives.noStore else { return nil }
        var form = [head.method == .get ? UInt8(ascii: "G") : UInt8(ascii: "H")]
        for field in head.fields where field.known == .accept || field.known == .acceptEncoding {
            form.append(contentsOf: bytes[field.value.range])
            form.append(0)
        }
        self.init(path: path, form: form, credential: credential, reason: reason)
    }
}

extension Pipeline {
    func probe(_ exchange: Exchange, _ work: ProbeWork) {
        let now = front.now()
        let target = exchange.request.target
        let derivation = gateway.derivation
        let finding = derivation.find(work, target: target, now: now)
        switch finding {
        case .none: passThrough(exchange, work.reason)
        case .some(.answer(let answer)): derived(answer, exchange, now)
        case .some(.compare(let comparison)):
            passThrough(exchange, work.reason) { derivation.judge(comparison, $0, now: now) }
        }
    }

    func derived(_ answer: Derivation.Answer, _ exchange: Exchange, _ now: Int64) {
        let verdict = Verdict(.derived, tier: .memory)
        front.report(exchange, verdict)
        let response = answer.response
        var head = ResponseHead(
            status: response.status, reason: response.reason.isEmpty ? nil : response.reason, fields: response.fields)
        head.fields.replaceOrAdd(name: "Age", value: String(answer.life.age(at: now)))
        head.fields.add(name: StatusField.name, value: StatusField.derived(ttl: answer.life.freshUntil - now))
        guard exchange.request.method != .head else {
            exchange.begin(head)
            return exchange.finish()
        }
        exchange.respond(head, body: response.body)
    }

    /// Answers with a listing that another one has just renewed.
    func derived(_ renewed: Entry, _ exchange: Exchange, _ now: Int64) {
        let verdict = Verdict(.derived, tier: .memory)
        front.opened(renewed, now: now, peer: exchange.peer)
        front.report(exchange, verdict)
        exchange.respond(
            with: renewed, verdict: verdict, status: StatusField.derived(ttl: renewed.life.freshUntil - now), now: now,
            memory: gateway.memory)
    }
}

extension Derivation {
    /// Compares what a fill brought from the origin.
    func judge(_ comparison: Comparison, _ result: FillResult, now: Int64) {
        switch result {
        case .entry(let entry, tier: .origin, stored: _, revalidated: false):
            guard let body = entry.plainBody else { return }
            var fields = CodedFields.origin(entry)
            fields.remove(name: "content-encoding")
            let response = FillResponse(status: entry.status, reason: "", fields: fields, body: body)
            judge(comparison, response, now: now)
        case .response(let response, reason: _, shareable: _): judge(comparison, response, now: now)
        default: break
        }
    }
}

/// Gathers a small answer on its way to a client, to tell of it at its end.
final class GatheringRelay: OriginReceiver {
    /// Of a longer answer only the head is told.
    private static let limit = 16 << 10

    private let relay: StreamRelay
    private let readable: (HTTPResponseHead) -> FillResponse
    private let told: (FillResponse) -> Void
    private var response: FillResponse?

    /// - Parameter readable: an answer's head as clients see it.
    init(
        relay: StreamRelay, readable: @escaping (HTTPResponseHead) -> FillResponse,
        told: @escaping (FillResponse) -> Void
    ) {
        self.relay = relay
        self.readable = readable
        self.told = told
    }

    func originInterim(_ head: HTTPResponseHead) { relay.originInterim(head) }
    func originTrailers(_ fields: HTTPHeaders) { relay.originTrailers(fields) }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        response = readable(head)
        return relay.originHead(head)
    }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        if let response {
            if response.body.readableBytes + part.readableBytes > Self.limit {
                self.response = nil
                var beginning = response
                beginning.body = ByteBuffer()
                told(beginning)
            } else {
                self.response?.body.writeImmutableBuffer(part)
            }
        }
        return relay.originPart(part)
    }

    func originEnd() {
        if let response { told(response) }
        relay.originEnd()
    }

    func originFailed(_ failure: OriginFailure) { relay.originFailed(failure) }
}
