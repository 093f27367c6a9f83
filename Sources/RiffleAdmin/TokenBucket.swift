/// The admin API's own rate limit, so that a runaway script or a guesser can't take the loops from clients.
struct TokenBucket: Sendable {
    /// Requests a second in the long run; a dashboard or a `--watch` takes one or two.
    static let rate: Double = 50
    /// Requests at once.
    static let burst: Double = 100

    private var tokens = TokenBucket.burst
    private var filledAt: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) {
        filledAt = now
    }

    /// Whether one more request is allowed now.
    mutating func take(now: ContinuousClock.Instant) -> Bool {
        let elapsed = filledAt.duration(to: now) / .seconds(1)
        tokens = min(Self.burst, tokens + max(0, elapsed) * Self.rate)
        filledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
