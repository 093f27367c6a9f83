import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import RifflePrefetch
import Synchronization

/// Where opens come in and prefetches go out: one task learns from the visits of all event loops and, within the
/// budget, has likely next folders fetched with the visitor's own credential and form.
///
/// It only observes: a loop that reports to it never waits, and what it can't take is dropped.
final class PrefetchHub: Sendable {
    struct Figures: Sendable {
        var issued = 0
        var used = 0
        var wasted = 0
        var skippedByBudget = 0
        var inFlight = 0
        var demandCalls = 0
        var refreshed = 0
    }

    enum Event: Sendable {
        case visits([VisitNote])
        case listed(path: [UInt8], children: [[UInt8]], time: Int64)
        /// Time has passed.
        case pulse
        /// Something ended that may leave room for another prefetch.
        case roomMayBe
    }

    private struct State {
        var budget: PrefetchBudget
        var templates = RequestTemplates()
        var figures = Figures()
    }

    /// Batches waiting to be learnt from at most.
    private static let maximumWaiting = 256

    let isEnabled: Bool
    let defaultTTL: Int64
    let events: AsyncStream<Event>
    private let feed: AsyncStream<Event>.Continuation
    private let state: Mutex<State>

    init(_ settings: Settings.Prefetch, defaultTTL: Int64) {
        isEnabled = settings.enabled
        self.defaultTTL = defaultTTL
        var limits = PrefetchBudget.Limits()
        limits.share = settings.budget
        limits.atOnce = settings.concurrency
        state = Mutex(State(budget: PrefetchBudget(limits: limits)))
        (events, feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.maximumWaiting))
    }

    var figures: Figures {
        state.withLock { state in
            var figures = state.figures
            figures.inFlight = state.budget.inFlight
            return figures
        }
    }

    /// Ends the stream of events; the task that reads them returns.
    func finish() {
        feed.finish()
    }

    /// Called regularly, so that what depends on time goes on without visits.
    func pulse() {
        if isEnabled { feed.yield(.pulse) }
    }

    // MARK: What event loops report

    func visited(_ notes: [VisitNote]) {
        feed.yield(.visits(notes))
    }

    func listed(_ path: [UInt8], children: [[UInt8]], now: Int64) {
        guard isEnabled else { return }
        feed.yield(.listed(path: path, children: children, time: now))
    }

    /// Remembers how this principal asks for this form.
    func learn(template request: RequestMessage, work: ListingWork, remoteAddress: String) {
        guard isEnabled else { return }
        let template = RequestTemplate(
            request: request, remoteAddress: remoteAddress, dialect: work.dialect, credential: work.credential)
        let name = RequestTemplates.Name(work.key)
        state.withLock { $0.templates.learn(template, as: name) }
    }

    /// An origin call for a listing begins.
    func originCall(isPrefetch: Bool, now: Int64) {
        state.withLock { state in
            if isPrefetch {
                state.figures.issued += 1
            } else {
                state.figures.demandCalls += 1
                state.budget.demand(at: now)
            }
        }
        if !isPrefetch { feed.yield(.roomMayBe) }
    }

    /// Somebody opened for the first time what a prefetch had brought.
    func used(now: Int64) {
        state.withLock { state in
            state.figures.used += 1
            state.budget.used(at: now)
        }
    }

    /// An entry left memory; one that a prefetch had brought and nobody opened was wasted.
    func displaced(_ entry: Entry) {
        guard entry.prefetched, entry.unusedPrefetch.exchange(false, ordering: .relaxed) else { return }
        state.withLock { $0.figures.wasted += 1 }
    }

    /// The origin answered 429 or 503: silence until the moment it names.
    func throttled(_ retryAfter: String?, now: Int64) {
        let until = retryAfter.flatMap { RetryAfter.milliseconds($0) }.map { now + $0 }
        state.withLock { $0.budget.throttled(until: until, at: now) }
    }

    // MARK: What the learning task asks

    var leastProbability: Double { state.withLock { $0.budget.leastProbability } }

    func template(_ name: RequestTemplates.Name) -> RequestTemplate? {
        state.withLock { $0.templates[name] }
    }

    /// Takes room for one prefetch out of the budget.
    func take(now: Int64, demandInFlight: Int) -> Bool {
        state.withLock { state in
            guard state.budget.mayStart(at: now, demandInFlight: demandInFlight) else {
                state.figures.skippedByBudget += 1
                return false
            }
            state.budget.started()
            return true
        }
    }

    /// The room taken was not needed after all.
    func giveBack() {
        state.withLock { $0.budget.giveBack() }
    }

    func ended(stored: Bool, refresh: Bool, now: Int64) {
        state.withLock { state in
            state.budget.finished(stored ? .stored : .failed, at: now)
            if refresh, stored { state.figures.refreshed += 1 }
        }
        feed.yield(.roomMayBe)
    }
}

/// `Retry-After` (RFC 9110 §10.2.3) as milliseconds from now.
enum RetryAfter {
    static func milliseconds(_ text: String) -> Int64? {
        if let seconds = Int64(text.trimmingWhitespace), seconds >= 0 { return min(seconds, 86_400) * 1_000 }
        guard let date = HTTPDate.parse(text) else { return nil }
        return max(0, Int64(date) * 1_000 - WallTime.now().milliseconds)
    }
}

extension String {
    fileprivate var trimmingWhitespace: Substring {
        drop { $0 == " " || $0 == "\t" }
    }
}
