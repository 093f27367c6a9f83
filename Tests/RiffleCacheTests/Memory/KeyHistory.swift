/// What threads did to one key of a cache and when, on a clock that ticks with every event.
///
/// ``complaint()`` decides whether it is linearizable: whether there is one order of all actions, each at a moment between
/// its beginning and its end, in which a single cell that holds one version at most would have answered the same.
struct KeyHistory {
    enum Action: Hashable {
        /// Where it was refused, what the key had is gone all the same.
        case insert(version: UInt64, stored: Bool)
        /// Takes away this version, not another that has taken its place.
        case remove(version: UInt64)
        /// Nil found nothing.
        case find(version: UInt64?)
    }

    struct Event {
        var began: Int
        var ended: Int
        var action: Action
    }

    var events: [Event] = []
    /// Whether the cache may forget by itself.
    var mayForget: Bool

    /// A moment of the search: which events have happened, and what the cell then holds.
    private struct Position: Hashable {
        var done: [Bool]
        var count = 0
        var cell: UInt64?
    }

    /// Nil when there is such an order; else the events that no order reached further explains next.
    ///
    /// Depth first over all orders, each position once (Wing and Gong, 1993; Lowe, 2017). The positions of a history by
    /// k threads are few: at each, only the k events under way can come next.
    func complaint() -> String? {
        let ordered = events.sorted { $0.began < $1.began }
        var open = [Position(done: Array(repeating: false, count: ordered.count))]
        var seen: Set<Position> = []
        var furthest = open[0]
        while let position = open.popLast() {
            if position.count == ordered.count { return nil }
            guard seen.insert(position).inserted else { continue }
            if position.count > furthest.count { furthest = position }
            for index in next(ordered, position) {
                guard let cell = after(ordered[index].action, position.cell) else { continue }
                var following = position
                following.done[index] = true
                following.count += 1
                following.cell = cell.version
                open.append(following)
            }
        }
        let stuck = next(ordered, furthest).map { "\(ordered[$0])" }.joined(separator: ", ")
        return "with \(furthest.cell.map(String.init) ?? "nothing") stored, none of these can be: \(stuck)"
    }

    /// The events that may come next: begun before any that has not happened yet ended.
    private func next(_ ordered: [Event], _ position: Position) -> [Int] {
        var candidates: [Int] = []
        var firstEnd = Int.max
        for index in ordered.indices where !position.done[index] {
            guard ordered[index].began < firstEnd else { break }
            candidates.append(index)
            firstEnd = min(firstEnd, ordered[index].ended)
        }
        return candidates
    }

    private struct Cell {
        var version: UInt64?
    }

    /// What the cell holds after `action`; nil when it can't have answered so.
    private func after(_ action: Action, _ cell: UInt64?) -> Cell? {
        switch action {
        case .insert(let version, let stored): Cell(version: stored ? version : nil)
        case .remove(let version): Cell(version: cell == version ? nil : cell)
        case .find(let version?): cell == version ? Cell(version: version) : nil
        // Forgetting happens at any moment; it is enough to let it happen where it shows.
        case .find(nil): cell == nil || mayForget ? Cell(version: nil) : nil
        }
    }
}
