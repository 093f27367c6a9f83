/// Whether a listing about to expire is worth fetching again before anyone asks: only if it was opened in the lifetime
/// that ends, and so often that it will likely be opened in the next.
package struct RefreshAhead: Sendable {
    /// One stored listing as its owner sees it. Monotonic milliseconds.
    package struct Life: Sendable {
        package var receivedAt: Int64
        package var freshUntil: Int64
        /// Opens since it was received.
        package var uses: Int

        package init(receivedAt: Int64, freshUntil: Int64, uses: Int) {
            self.receivedAt = receivedAt
            self.freshUntil = freshUntil
            self.uses = uses
        }
    }

    package enum Decision: Sendable, Equatable {
        /// Not used, or too seldom: let it expire.
        case never
        /// Ask again at that moment: until then its uses may change.
        case lookAgain(at: Int64)
        /// Fetch now; the chance that somebody opens it within its next lifetime.
        case refresh(probability: Double)
    }

    /// The last part of its life in which a listing is refreshed.
    package static let margin = 0.1
    /// The margin is never longer than this, milliseconds.
    package static let longestMargin: Int64 = 30_000
    /// Lives shorter than this are not worth running after, milliseconds.
    package static let shortestLife: Int64 = 5_000

    package static func decide(_ life: Life, at time: Int64) -> Decision {
        let length = life.freshUntil - life.receivedAt
        guard length >= shortestLife, time < life.freshUntil else { return .never }
        let begins = life.freshUntil - min(longestMargin, Int64(Double(length) * margin))
        guard time >= begins else { return .lookAgain(at: begins) }
        guard life.uses > 0 else { return .never }
        // Opened k times in one lifetime, the chance of another open in the next is (k + 1) / (k + 2) by Laplace's rule
        // for k sightings; one open is as likely chance as habit, so it counts half.
        let uses = Double(life.uses)
        return .refresh(probability: life.uses == 1 ? 1 / 3 : (uses + 1) / (uses + 2))
    }
}
