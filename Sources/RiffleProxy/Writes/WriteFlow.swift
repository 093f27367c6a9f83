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

    init(
        gateway: Gateway, dialect: Dialect, effects: WriteEffects, general: GeneralInvalidation?, loop: any EventLoop
    ) {
        self.general = general
        self.gateway = gateway
        self.dialect = dialect
        self.effects = effects
        self.loop = loop
    }

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
    /// - Returns: nil when the client may be answered at once, else when every other riffle has acknowledged.
    func answered(_ head: HTTPResponseHead?) -> EventLoopFuture<Void>? {
        guard case .fenced = state else { return nil }
        state = .settled
        let status = head.map { Int($0.status.code) }
        var changes = dialect.aftermath(effects, status: status).map { effect -> FolderChange in
            switch effect {
            case .folder(let path): .folder(gateway.naming.folder(path))
            case .subtree(let path): .subtree(gateway.naming.folder(path))
            case .everything: .everything
            }
        }
        if let general { changes += general.changes(head) }
        guard !changes.isEmpty else { return nil }
        return gateway.invalidate(changes, on: loop).map { _ in }
    }
}

/// Relays the answer of a write, settling its flow on every way it can end.
final class WriteRelay: OriginReceiver {
    private let relay: StreamRelay
    private let flow: WriteFlow
    private let loop: any EventLoop

    init(relay: StreamRelay, flow: WriteFlow, loop: any EventLoop) {
        self.relay = relay
        self.flow = flow
        self.loop = loop
    }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        guard let settled = flow.answered(head) else { return relay.originHead(head) }
        return settled.assumeIsolated().flatMap { [relay, loop] in
            relay.originHead(head) ?? loop.makeSucceededVoidFuture()
        }.nonisolated()
    }

    func originInterim(_ head: HTTPResponseHead) { relay.originInterim(head) }
    func originTrailers(_ fields: HTTPHeaders) { relay.originTrailers(fields) }
    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? { relay.originPart(part) }

    func originEnd() { relay.originEnd() }

    func originFailed(_ failure: OriginFailure) {
        guard let settled = flow.answered(nil) else { return relay.originFailed(failure) }
        settled.assumeIsolated().whenComplete { [relay] _ in relay.originFailed(failure) }
    }
}
