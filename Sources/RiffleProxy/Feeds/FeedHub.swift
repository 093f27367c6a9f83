import RiffleCache
import RiffleListings
import Synchronization

/// What a channel speaks of.
struct FeedScope: Hashable, Sendable {
    /// Canonical path of the folder below which every change is told.
    let prefix: [UInt8]
    /// Whose eyes it looks with; nil when it sees what changes for everybody.
    let principal: PrincipalID?

    func covers(_ path: some Collection<UInt8>, _ principal: PrincipalID) -> Bool {
        path.starts(with: prefix) && (self.principal == nil || self.principal == principal)
    }
}

/// Every channel of change feeds of this riffle, and what their health means for the life of listings: long while a
/// healthy channel covers them, at once the usual one when it lags or dies, for what is stored already as well.
final class FeedHub: Sendable {
    /// Channels at once; more are not opened.
    static let maximumChannels = 4_096

    private struct State {
        var channels: [FeedChannel] = []
        /// Of channels that are closed, by feed.
        var past: [String: (changes: UInt64, failures: UInt64)] = [:]
    }

    private let state = Mutex(State())
    /// Channels that are healthy: zero costs one load.
    private let healthy = Atomic<Int>(0)
    /// Rises each time a channel stops being healthy.
    private let fall = Atomic<UInt64>(0)

    /// Compared before and after something is stored, it tells whether a channel fell meanwhile.
    var falls: UInt64 { fall.load(ordering: .acquiring) }

    /// Whether a channel that is healthy tells of changes to this folder.
    ///
    /// - Parameter time: it must have been healthy without a break since then.
    func covers(_ path: some Collection<UInt8>, _ principal: PrincipalID, since time: Int64 = .max) -> Bool {
        guard healthy.load(ordering: .acquiring) > 0 else { return false }
        return state.withLock { $0.channels }.contains { $0.isHealthy(since: time) && $0.scope.covers(path, principal) }
    }

    /// False when there are too many.
    func open(_ channel: FeedChannel) -> Bool {
        state.withLock { state in
            guard state.channels.count < Self.maximumChannels else { return false }
            state.channels.append(channel)
            return true
        }
    }

    func close(_ channel: FeedChannel) {
        let figures = channel.figures
        state.withLock { state in
            guard let place = state.channels.firstIndex(where: { $0 === channel }) else { return }
            state.channels.remove(at: place)
            let past = state.past[channel.feed] ?? (0, 0)
            state.past[channel.feed] = (past.changes + figures.changes, past.failures + figures.failures)
        }
    }

    /// A channel became healthy, or is no longer.
    func changed(isHealthy: Bool) {
        if isHealthy {
            healthy.add(1, ordering: .acquiringAndReleasing)
        } else {
            healthy.subtract(1, ordering: .acquiringAndReleasing)
            fall.add(1, ordering: .acquiringAndReleasing)
        }
    }

    func tick() {
        for channel in state.withLock({ $0.channels }) { channel.tick() }
    }

    /// Figures by feed: channels by health, the longest lag, changes and failures.
    struct Figures: Sendable {
        var channels: [FeedState.Health: Int] = [:]
        var lag: Int64 = 0
        var changes: UInt64 = 0
        var failures: UInt64 = 0
    }

    func figures(now: Int64) -> [String: Figures] {
        let (channels, past) = state.withLock { ($0.channels, $0.past) }
        var result = past.mapValues { Figures(changes: $0.changes, failures: $0.failures) }
        for channel in channels {
            let own = channel.figures
            var figures = result[channel.feed] ?? Figures()
            figures.channels[own.health, default: 0] += 1
            figures.changes += own.changes
            figures.failures += own.failures
            if let known = own.knownUntil { figures.lag = max(figures.lag, now - known) }
            result[channel.feed] = figures
        }
        return result
    }
}
