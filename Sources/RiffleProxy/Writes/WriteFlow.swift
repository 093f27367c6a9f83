import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleListings
import RiffleRedis
import RiffleTelemetry

/// The guard around one write: fence before it is forwarded, invalidate in both tiers and every other riffle before it is
/// answered. Confined to its loop.
///
/// An outcome that leaves open whether the origin acted (5xx, no answer, a client that left) counts as a write; only a
/// definite 4xx lifts the fence and voids nothing.
final class WriteFlow {
    private enum State {
        case fenced
        case settled
    }

    private let gateway: Gateway
    private let dialect: Dialect
    private let effects: WriteEffects
    private let loop: any EventLoop
    private let general: GeneralInvalidation?
    private var state = State.fenced
    /// A link in the answer's body that clients get in the place of the origin's.
    private(set) var link: (place: NextLink, value: [UInt8])?
    private let authority: String

    init(
        gateway: Gateway, dialect: Dialect, effects: WriteEffects, general: GeneralInvalidation?, loop: any EventLoop,
        authority: String
    ) {
        self.authority = authority
        self.general = general
        self.gateway = gateway
        self.dialect = dialect
        self.effects = effects
        self.loop = loop
    }

    /// Whether the answer's body must be known before the client gets any of it.
    var readsAnswer: Bool { effects.readsAnswer }

    /// Voids fills in flight of the folders the write may change, here and in Redis.
    ///
    /// - Returns: nil when the write may go at once, else when Redis has the fence or its budget is spent.
    func fence() -> EventLoopFuture<Void>? {
        var folders = effects.fence.compactMap { effect -> FolderID? in
            switch effect {
            case .folder(let path), .subtree(let path): gateway.naming.folder(path)
            case .everything: nil
            }
        }
        if let general { folders += general.fence }
        gateway.generations.fence(folders)
        guard let redis = gateway.redis, !folders.isEmpty else { return nil }
        return redis.fence(folders, on: loop, deadline: gateway.redisDeadline())
    }

    /// The origin's answer is known, or that none will come (`head` nil).
    ///
    /// - Parameter body: the answer's body where ``readsAnswer`` asks for it and it came whole.
    /// - Returns: nil when the client may be answered at once, else when every other riffle has acknowledged.
    func answered(_ head: HTTPResponseHead?, body: ByteBuffer? = nil) -> EventLoopFuture<Void>? {
        guard case .fenced = state else { return nil }
        state = .settled
        let aftermath = dialect.aftermath(effects, answer: head.map { WriteAnswer($0, body: body) })
        var changes = aftermath.changes.map { FolderChange($0, naming: gateway.naming) }
        if let general { changes += general.changes(head, aftermath.changes) }
        if let followUp = aftermath.followUp { begin(followUp) }
        guard !changes.isEmpty else { return nil }
        return gateway.invalidate(changes, on: loop).map { _ in }
    }

    private func begin(_ followUp: FollowUp) {
        if case .upload(let place, _, _) = followUp {
            let url = String(decoding: place.value, as: UTF8.self)
            if let value = gateway.fields.translated(link: url, to: authority) {
                // The bytes will come through riffle, and the last of them is seen as a write.
                link = (place, Array(value.utf8))
                return
            }
        }
        gateway.followUps.begin(followUp, gateway: gateway, loop: loop)
    }
}

extension FolderChange {
    init(_ effect: FolderEffect, naming: FolderNaming) {
        self =
            switch effect {
            case .folder(let path): .folder(naming.folder(path))
            case .subtree(let path): .subtree(naming.folder(path))
            case .everything: .everything
            }
    }
}

/// Relays the answer of a write, settling its flow on every way it can end.
final class WriteRelay: OriginReceiver {
    private let relay: StreamRelay
    private let flow: WriteFlow
    private let loop: any EventLoop
    /// Head and body so far of an answer that must be known whole.
    private var gathered: (head: HTTPResponseHead, body: ByteBuffer)?

    init(relay: StreamRelay, flow: WriteFlow, loop: any EventLoop) {
        self.relay = relay
        self.flow = flow
        self.loop = loop
    }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        if flow.readsAnswer {
            gathered = (head, ByteBuffer())
            return nil
        }
        return settle(head, nil) { [relay] in relay.originHead(head) }
    }

    func originInterim(_ head: HTTPResponseHead) { relay.originInterim(head) }
    func originTrailers(_ fields: HTTPHeaders) { relay.originTrailers(fields) }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        guard var answer = gathered else { return relay.originPart(part) }
        gathered = nil
        answer.body.writeImmutableBuffer(part)
        if answer.body.readableBytes <= Dialect.writeBodyLimit {
            gathered = answer
            return nil
        }
        return settle(answer.head, nil) { [relay] in relay.resume(answer.head, parts: answer.body) }
    }

    func originEnd() {
        guard let answer = gathered else { return relay.originEnd() }
        gathered = nil
        let end = { [relay, flow] () -> EventLoopFuture<Void>? in
            var (head, body) = answer
            if let link = flow.link {
                body = body.replacing(link.place.range, with: link.place.escaped(link.value))
                if head.headers.contains(name: "content-length") {
                    head.headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
                }
            }
            _ = relay.resume(head, parts: body)
            relay.originEnd()
            return nil
        }
        _ = settle(answer.head, answer.body, end)
    }

    func originFailed(_ failure: OriginFailure) {
        // What was gathered of an answer that broke off is not the answer.
        gathered = nil
        guard let settled = flow.answered(nil) else { return relay.originFailed(failure) }
        settled.assumeIsolated().whenComplete { [relay] _ in relay.originFailed(failure) }
    }

    /// Settles the flow, then goes on.
    private func settle(
        _ head: HTTPResponseHead, _ body: ByteBuffer?, _ next: @escaping () -> EventLoopFuture<Void>?
    ) -> EventLoopFuture<Void>? {
        // That a second request fails says nothing of what the first one did.
        let isSecondFailing = relay.call?.mayHaveActed == true && head.status.code >= 400
        guard let settled = flow.answered(isSecondFailing ? nil : head, body: body) else { return next() }
        return settled.assumeIsolated().flatMap { [loop] in next() ?? loop.makeSucceededVoidFuture() }.nonisolated()
    }
}
