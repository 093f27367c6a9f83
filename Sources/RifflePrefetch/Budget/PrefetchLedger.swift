/// What prefetch did, in numbers that only grow: each issued call ends as used, wasted or failed, or is still open.
package struct PrefetchLedger: Sendable, Equatable {
    /// Origin calls made for prefetch.
    package private(set) var issued = 0
    /// Prefetched listings somebody opened.
    package private(set) var used = 0
    /// Prefetched listings that left unopened.
    package private(set) var wasted = 0
    /// Calls that brought nothing to store.
    package private(set) var failed = 0
    /// Candidates given up before a call: out of time, pushed out, or asked for by somebody first.
    package private(set) var dropped = 0

    package init() {}

    /// Calls whose use is not known yet.
    package var open: Int { max(0, issued - used - wasted - failed) }

    /// The share of settled calls that somebody used; nil before the first.
    package var precision: Double? {
        let settled = used + wasted + failed
        return settled == 0 ? nil : Double(used) / Double(settled)
    }

    package enum Event: Sendable, CaseIterable {
        case issued, used, wasted, failed, dropped
    }

    package mutating func count(_ event: Event) {
        switch event {
        case .issued: issued += 1
        case .used: used += 1
        case .wasted: wasted += 1
        case .failed: failed += 1
        case .dropped: dropped += 1
        }
    }
}
