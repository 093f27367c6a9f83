import Synchronization

/// What the Redis tier has done and how it stands, at one moment.
package struct RedisFigures: Sendable, Equatable, Codable {
    /// `up`, `open` (the breaker is open) or `none`.
    package var state = "none"
    /// Whether changes of other riffles arrive.
    package var linked = false
    package var peers = 0
    package var commands = 0
    package var timeouts = 0
    package var losses = 0
    package var overloads = 0
    package var serverErrors = 0
    package var corrupt = 0
    package var reconnects = 0
    package var published = 0
    package var acknowledged = 0
    package var unacknowledged = 0
    package var received = 0
    package var malformed = 0

    package init() {}
}

/// Counters shared by all loops.
final class RedisCounters: Sendable {
    let commands = Atomic<Int>(0)
    let timeouts = Atomic<Int>(0)
    let losses = Atomic<Int>(0)
    let overloads = Atomic<Int>(0)
    let serverErrors = Atomic<Int>(0)
    let corrupt = Atomic<Int>(0)
    let reconnects = Atomic<Int>(0)
    let published = Atomic<Int>(0)
    let acknowledged = Atomic<Int>(0)
    let unacknowledged = Atomic<Int>(0)
    let received = Atomic<Int>(0)
    let malformed = Atomic<Int>(0)
    let peers = Atomic<Int>(0)

    func figures(state: String, linked: Bool) -> RedisFigures {
        var figures = RedisFigures()
        figures.state = state
        figures.linked = linked
        figures.peers = peers.load(ordering: .relaxed)
        figures.commands = commands.load(ordering: .relaxed)
        figures.timeouts = timeouts.load(ordering: .relaxed)
        figures.losses = losses.load(ordering: .relaxed)
        figures.overloads = overloads.load(ordering: .relaxed)
        figures.serverErrors = serverErrors.load(ordering: .relaxed)
        figures.corrupt = corrupt.load(ordering: .relaxed)
        figures.reconnects = reconnects.load(ordering: .relaxed)
        figures.published = published.load(ordering: .relaxed)
        figures.acknowledged = acknowledged.load(ordering: .relaxed)
        figures.unacknowledged = unacknowledged.load(ordering: .relaxed)
        figures.received = received.load(ordering: .relaxed)
        figures.malformed = malformed.load(ordering: .relaxed)
        return figures
    }
}
