/// Says which folders are likely to be opened after one was, and learns from every visit.
///
/// One calibrated scorer over all candidates: Markov counts of order 1 and 2 (everybody's, blended with the visitor's
/// own), the place in the tree, popularity and how the visitor has been moving, read through a table that counts how
/// often such candidates came true. No clock, no input or output; owned by whoever feeds it visits in order of time.
package struct Predictor: Sendable {
    private let limits: PredictorLimits
    private let lifetime: Int64

    private var folders: RecencyTable<FolderRecord>
    private var pairs: RecencyTable<Successors>
    private var habits: RecencyTable<Successors>
    private var visitors: RecencyTable<VisitorRecord>
    /// When a folder was last opened, by audience.
    private var opens: RecencyTable<Int64>
    private var calibration = Calibration()
    private var shadow: ShadowLabels
    private var hot = HotFolders()

    /// Popularity is judged over this many lifetimes.
    private static let popularityLifetimes: Float = 24

    /// - Parameter lifetime: milliseconds a listing stays fresh: how long a prefetch can be of use.
    package init(lifetime: Int64 = 300_000, limits: PredictorLimits = PredictorLimits()) {
        self.limits = limits
        self.lifetime = max(1, lifetime)
        folders = RecencyTable(capacity: limits.folders, blank: .blank)
        pairs = RecencyTable(capacity: limits.pairs, blank: Successors())
        habits = RecencyTable(capacity: limits.habits, blank: Successors())
        visitors = RecencyTable(capacity: limits.visitors, blank: .blank)
        opens = RecencyTable(capacity: limits.opens, blank: .min)
        shadow = ShadowLabels(capacity: limits.pending, lifetime: self.lifetime)
    }

    /// Learns the visit and returns what is likely next, best first; what the same audience opened within the lifetime
    /// is left out, for it is in the cache.
    ///
    /// - Parameter children: child folders of the listing just opened, in listing order, when known.
    package mutating func visited(_ visit: Visit, children: [[UInt8]]?) -> [Candidate] {
        settle(at: visit.time)
        let folder = remember(visit.path, at: visit.time)
        if let children { learnListing(of: folder, children, at: visit.time) }
        let steps = learnMove(to: folder, visit)
        opens[opens.claim(FolderRef.mix(visit.audience, folder.hash), stamp: visit.time).place] = visit.time
        return candidates(after: folder, steps, visit)
    }

    /// Learns what a listing shows without anyone having opened it: what a prefetch brought.
    package mutating func listed(_ path: [UInt8], children: [[UInt8]], at time: Int64) {
        let (place, isNew) = folders.claim(FolderRef(path).hash, stamp: time)
        if isNew { folders[place].path = path }
        learnListing(of: FolderRef(path), children, at: time)
    }

    /// Folders that can be remembered.
    var folderCapacity: Int { folders.capacity }

    // MARK: Learning

    /// Counts candidates whose lifetime is over.
    private mutating func settle(at time: Int64) {
        while let pending = shadow.due(at: time) {
            let opened = (opens[name: pending.name] ?? .min) > pending.scoredAt
            calibration.count(pending.features, opened: opened)
        }
    }

    private var popularityHalfLife: Float { Float(lifetime) * Self.popularityLifetimes }

    private mutating func remember(_ path: [UInt8], at time: Int64) -> FolderRef {
        let folder = FolderRef(path)
        let half = popularityHalfLife
        let (place, isNew) = folders.claim(folder.hash, stamp: time)
        if isNew { folders[place].path = path }
        folders[place].popularity.add(at: time, halfLife: half)
        folders[place].successors.visited(at: time)
        hot.saw(folder, popularity: folders[place].popularity.value(at: time, halfLife: half))
        guard let parentPath = FolderRecord.parent(of: path) else { return folder }
        let parent = FolderRef(parentPath)
        folders[place].parent = parent
        if let above = folders.find(parent.hash) { noteOpened(folder, under: above) }
        return folder
    }

    private mutating func noteOpened(_ child: FolderRef, under place: Int) {
        if let index = folders[place].opened.firstIndex(of: child) {
            folders[place].opened.remove(at: index)
        } else if folders[place].opened.count >= limits.openedChildren {
            folders[place].opened.removeFirst()
        }
        folders[place].opened.append(child)
    }

    private mutating func learnListing(of folder: FolderRef, _ children: [[UInt8]], at time: Int64) {
        guard let place = folders.find(folder.hash) else { return }
        let refs = children.prefix(limits.children).map { FolderRef($0) }
        folders[place].fanOut = children.count
        folders[place].children = refs
        for (ref, path) in zip(refs, children) {
            // What nobody has opened is the first to be forgotten.
            let (child, isNew) = folders.claim(ref.hash, stamp: .min + 1)
            if isNew {
                folders[child].path = path
                folders[child].parent = folder
            }
        }
    }

    /// The visitor's state after the move, and where it came from.
    private struct Steps {
        var previous: FolderRef?
        var record: VisitorRecord
    }

    private mutating func learnMove(to folder: FolderRef, _ visit: Visit) -> Steps {
        let place = visitors.claim(visit.visitor | 1, stamp: visit.time).place
        var record = visitors[place]
        if visit.time - record.lastTime > limits.window { record = .blank }
        record.lastTime = visit.time
        guard record.current != folder else {
            visitors[place] = record
            return Steps(previous: record.previous, record: record)
        }
        let previous = record.current
        if let previous {
            count(from: previous, before: record.previous, to: folder, visit)
        }
        let move = classify(from: previous, to: folder, record)
        record.run = move == record.move ? record.run + 1 : 0
        record.move = move
        if move == .child { record.reading = previous }
        if move == .elsewhere || move == .arrival { record.reading = nil }
        if let index = record.recent.firstIndex(of: folder) { record.recent.remove(at: index) }
        if record.recent.count >= limits.recent { record.recent.removeFirst() }
        record.recent.append(folder)
        visitors[place] = record
        if let previous {
            let pair = FolderRef.mix(previous.hash, folder.hash)
            pairs[pairs.claim(pair, stamp: visit.time).place].visited(at: visit.time)
        }
        let habit = FolderRef.mix(visit.visitor, folder.hash)
        habits[habits.claim(habit, stamp: visit.time).place].visited(at: visit.time)
        return Steps(previous: previous, record: record)
    }

    private mutating func count(from: FolderRef, before: FolderRef?, to folder: FolderRef, _ visit: Visit) {
        let time = visit.time
        if let place = folders.find(from.hash) {
            folders[place].successors.moved(to: folder, capacity: limits.successors, at: time)
        }
        if let before, let place = pairs.find(FolderRef.mix(before.hash, from.hash)) {
            pairs[place].moved(to: folder, capacity: limits.successorsOfPair, at: time)
        }
        if let place = habits.find(FolderRef.mix(visit.visitor, from.hash)) {
            habits[place].moved(to: folder, capacity: limits.successorsOfHabit, at: time)
        }
    }

    private func classify(from: FolderRef?, to folder: FolderRef, _ record: VisitorRecord) -> Move {
        guard let from, let old = folders.find(from.hash), let new = folders.find(folder.hash) else { return .arrival }
        if folders[new].parent == from { return .child }
        if folders[old].parent == folder { return .parent }
        if record.recent.contains(folder) { return .back }
        if folders[old].children.contains(folder) { return .child }
        if let above = folders[old].parent, folders[new].parent == above { return .sibling }
        if let reading = record.reading, let listing = folders.find(reading.hash),
            folders[listing].children.contains(folder)
        {
            return .sibling
        }
        return .elsewhere
    }

    // MARK: Predicting

    private func gather(after folder: FolderRef, _ steps: Steps) -> [CandidateList.Item] {
        var list = CandidateList(limit: limits.candidates, except: folder)
        guard let place = folders.find(folder.hash) else { return [] }
        let children = folders[place].children
        addSiblings(of: folder, steps, to: &list)
        for (index, child) in children.prefix(children.count <= 16 ? 16 : 12).enumerated() {
            list.add(child, index == 0 ? .firstChild : .earlyChild)
        }
        if let parent = folders[place].parent {
            list.add(parent, .parent)
            if let above = folders.find(parent.hash), let grandparent = folders[above].parent {
                list.add(grandparent, .grandparent)
            }
        }
        for child in folders[place].opened.reversed().prefix(20) { list.add(child, .openedChild) }
        for recent in steps.record.recent.reversed() { list.add(recent, .recent) }
        if let previous = steps.previous, let pair = pairs.find(FolderRef.mix(previous.hash, folder.hash)) {
            for successor in pairs[pair].list { list.add(successor.folder, .learned) }
        }
        for successor in folders[place].successors.list { list.add(successor.folder, .learned) }
        for hot in hot.folders { list.add(hot, .hot) }
        return list.items
    }

    /// The next four in the listing the visitor reads, twice as many with every step of a run, and the previous three.
    private func addSiblings(of folder: FolderRef, _ steps: Steps, to list: inout CandidateList) {
        let own = folders.find(folder.hash).flatMap { folders[$0].parent }
        for above in [own, steps.record.reading] {
            guard let above, let listing = folders.find(above.hash),
                let index = folders[listing].children.firstIndex(of: folder)
            else { continue }
            let siblings = folders[listing].children
            let run = steps.record.move == .sibling ? min(steps.record.run + 1, 3) : 0
            for next in siblings[(index + 1)...].prefix(4 << run) { list.add(next, .nextSibling) }
            for previous in siblings[..<index].suffix(3).reversed() { list.add(previous, .previousSibling) }
            return
        }
    }

    private mutating func candidates(after folder: FolderRef, _ steps: Steps, _ visit: Visit) -> [Candidate] {
        guard let place = folders.find(folder.hash) else { return [] }
        let items = gather(after: folder, steps)
        let counts = MoveCounts(
            everyone: folders[place].successors,
            pair: steps.previous.flatMap { pairs[name: FolderRef.mix($0.hash, folder.hash)] },
            own: habits[name: FolderRef.mix(visit.visitor, folder.hash)])
        let fanOut = folders[place].fanOut
        let half = popularityHalfLife
        let takesLabels = !shadow.isFull
        var scored: [(place: Int, probability: Float)] = []
        for item in items {
            let name = FolderRef.mix(visit.audience, item.folder.hash)
            if let opened = opens[name: name], opened > visit.time - lifetime { continue }
            guard let candidate = folders.find(item.folder.hash) else { continue }
            let popularity = folders[candidate].popularity.value(at: visit.time, halfLife: half)
            let (markov, evidence) = counts.chance(item.folder)
            let features = Features(
                relation: item.relation, markov: markov, evidence: evidence,
                // A steady rate of r per lifetime settles at r × half-life ÷ ln 2.
                popularity: popularity * 0.693 / Self.popularityLifetimes,
                move: steps.record.move, run: steps.record.run, fanOut: fanOut)
            if takesLabels { shadow.add(.init(name: name, scoredAt: visit.time, features: features)) }
            let probability = calibration.probability(features)
            if Double(probability) >= limits.leastProbability { scored.append((candidate, probability)) }
        }
        scored.sort { $0.probability > $1.probability }
        return scored.prefix(limits.returned).map {
            Candidate(path: folders[$0.place].path, probability: Double($0.probability))
        }
    }
}
