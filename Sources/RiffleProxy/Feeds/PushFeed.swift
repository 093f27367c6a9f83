import RiffleInspect
import RiffleListings
import RiffleRedis
import Synchronization

/// News that somebody posts to the admin listener: a script over inotify, the hook of an application.
///
/// Whether it may be relied on for long lives only the poster's own diligence tells: with `feed.pushSilence` it is healthy
/// as long as a post comes at least that often, an empty one when nothing changed.
final class PushFeed: Sendable {
    private let channel = Mutex<FeedChannel?>(nil)

    /// Opens its channel, so that its health is shown before the first post.
    func start(_ gateway: Gateway) {
        guard let silence = gateway.settings.feed.pushSilence else { return }
        channel.withLock { channel in
            guard channel == nil else { return }
            channel = FeedChannel.open(
                "push", scope: FeedScope(prefix: [UInt8(ascii: "/")], principal: nil),
                limits: .init(silence: silence), gateway: gateway)
        }
    }

    func changed(_ news: ChangeNews, _ gateway: Gateway) async -> ChangeReceipt {
        var receipt = ChangeReceipt()
        var effects: Set<FolderEffect> = []
        for change in news.changes {
            let told = Dialect.effects(
                ofChangeAt: Array(change.path.utf8), recursive: change.recursive, rules: gateway.dialects.rules)
            if told != nil { receipt.applied += 1 } else { receipt.unclear += 1 }
            effects.formUnion(told ?? [.everything])
        }
        return await changed(Array(effects), receipt, gateway)
    }

    /// - Parameter receipt: what is known of the news already.
    func changed(_ effects: [FolderEffect], _ receipt: ChangeReceipt, _ gateway: Gateway) async -> ChangeReceipt {
        var receipt = receipt
        let invalidation: InvalidationReceipt?
        if let channel = channel.withLock({ $0 }) {
            invalidation = await channel.heard(effects)
        } else {
            invalidation = await gateway.apply(effects)
        }
        if let invalidation {
            receipt.redis = invalidation.stored ? .purged : .unavailable
            // This riffle is among those that listen.
            receipt.peersAcknowledged = max(0, invalidation.acknowledged - 1)
            receipt.peersKnown = max(0, invalidation.receivers - 1)
        }
        return receipt
    }
}

extension FeedFigures {
    init(_ figures: FeedHub.Figures) {
        self.init(
            channels: Dictionary(uniqueKeysWithValues: figures.channels.map { ($0.key.rawValue, $0.value) }),
            lagSeconds: Double(figures.lag) / 1_000, changes: figures.changes, failures: figures.failures)
    }
}
