import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleListings
import RiffleRedis

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

    /// How much of the answer must have come before ``answered(_:body:)``.
    var outcome: WriteEffects.Outcome { effects.outcome }

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
    /// - Parameter body: the answer's body where ``outcome`` asks for it and it came whole.
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
