import RiffleListings
import Synchronization

/// What an origin of unknown dialect has shown of itself: which of the dialects that riffle tries on it were confirmed by
/// its answers.
///
/// A listing is stored only when its own answer is one, so guessing costs no correctness; but every guess has its answer
/// gathered before it goes on. An origin whose folders never answer a GET with a listing gets nearly all of them streamed.
final class DialectSense: Sendable {
    /// Answers that were no listing, with none that was one, after which the guess is given up.
    static let patience = 8
    /// Of requests for folders after that, one in so many is tried all the same: origins change.
    static let retry = 64

    private let reads = Atomic<Bool>(false)
    private let others = Atomic<Bool>(false)
    private let refusals = Atomic<Int>(0)
    private let tries = Atomic<Int>(0)

    /// Whether a GET of a folder is worth gathering as a listing.
    func mayClaimRead() -> Bool {
        if reads.load(ordering: .relaxed) || refusals.load(ordering: .relaxed) < Self.patience { return true }
        return tries.add(1, ordering: .relaxed).newValue % Self.retry == 0
    }

    /// An answer to what was taken for a listing is known.
    func learned(_ dialect: Dialect, isListing: Bool) {
        switch (dialect, isListing) {
        case (.webdav, true): others.store(true, ordering: .relaxed)
        case (.webdav, false): break
        case (_, true): reads.store(true, ordering: .relaxed)
        case (_, false): refusals.add(1, ordering: .relaxed)
        }
    }

    /// The dialects seen: `webdav`, `autoindex`, both, or none yet.
    var seen: [Dialect] {
        [others.load(ordering: .relaxed) ? .webdav : nil, reads.load(ordering: .relaxed) ? .autoindex : nil]
            .compactMap { $0 }
    }
}
