import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP

/// Relays the answer to HEAD, and lets it say whether the stored answer to GET still holds (RFC 9111 §4.3.5).
final class HeadRelay: OriginReceiver {
    private let gateway: Gateway
    private let relay: StreamRelay
    private let stored: StoredResponse?
    private let request: RequestMessage
    private let generation: Generation
    private let askedAt: Int64

    init(gateway: Gateway, relay: StreamRelay, stored: StoredResponse?, request: RequestMessage, now: Int64) {
        self.gateway = gateway
        self.relay = relay
        self.stored = stored
        self.request = request
        generation = gateway.generations.begin()
        askedAt = now
    }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        if let stored {
            learn(
                Int(head.status.code), gateway.fields.backward(head.headers, to: request.authority), stored)
        }
        return relay.originHead(head)
    }

    func originInterim(_ head: HTTPResponseHead) { relay.originInterim(head) }
    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? { relay.originPart(part) }
    func originEnd() { relay.originEnd() }
    func originFailed(_ failure: OriginFailure) { relay.originFailed(failure) }

    private func learn(_ status: Int, _ fields: HTTPHeaders, _ stored: StoredResponse) {
        let store = GeneralStore(gateway: gateway)
        let entry = stored.entry
        switch UpdateStored.head(
            status: status, fields, stored: stored.fields, storedLength: entry.bodyLength)
        {
        case .none: break
        case .invalidate: store.remove(entry)
        case .update:
            let now = gateway.clock.milliseconds()
            let renewed = store.renewed(
                stored, by: fields, request: request, isKeyed: entry.key.principal != .anonymous,
                primary: GeneralKey.primary(of: entry.key), generation: generation, delay: now - askedAt, now: now)
            if renewed == nil { store.remove(entry) }
        }
    }
}
