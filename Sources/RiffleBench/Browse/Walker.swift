/// The folders a browsing run walks: parents and children by number; 0 is where it begins.
package struct Tree: Sendable {
    package private(set) var parent: [Int] = []
    package private(set) var children: [[Int]] = []

    package init() {}

    /// Adds a folder under `parent` (nil for the first) and gives its number.
    package mutating func add(under parent: Int?) -> Int {
        let number = self.parent.count
        self.parent.append(parent ?? number)
        children.append([])
        if let parent, children.indices.contains(parent) { children[parent].append(number) }
        return number
    }

    package var count: Int { parent.count }
}

/// One person: opens a folder, goes down mostly, sometimes up, to a sibling, or back.
package struct Walker: Sendable {
    package enum Move: Sendable, Equatable { case down, up, sibling, back }

    /// Steps remembered for `back`.
    static let maxHistory = 32

    private var random: SeededRandom
    private var here: Int?
    private var history: [Int] = []

    package init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// The folder to open next. The first is the root.
    package mutating func step(_ tree: Tree) -> Int {
        guard let here, here < tree.count else {
            self.here = 0
            return 0
        }
        let next: Int
        switch choose(tree, here) {
        case .down: next = pick(tree.children[here]) ?? 0
        case .up: next = tree.parent[here]
        case .sibling: next = pick(tree.children[tree.parent[here]].filter { $0 != here }) ?? tree.parent[here]
        case .back:
            next = history.popLast() ?? 0
            self.here = next
            return next
        }
        if history.count == Self.maxHistory { history.removeFirst() }
        history.append(here)
        self.here = next
        return next
    }

    /// 55 % down, 15 % sibling, 15 % back, 15 % up, among what is possible here.
    private mutating func choose(_ tree: Tree, _ here: Int) -> Move {
        var weights: [(Move, Double)] = []
        if !tree.children[here].isEmpty { weights.append((.down, 0.55)) }
        if here != 0 {
            weights.append((.up, 0.15))
            if tree.children[tree.parent[here]].count > 1 { weights.append((.sibling, 0.15)) }
        }
        if !history.isEmpty { weights.append((.back, 0.15)) }
        var point = random.unit() * weights.reduce(0) { $0 + $1.1 }
        for (move, weight) in weights {
            if point < weight { return move }
            point -= weight
        }
        // A tree of one folder leaves only opening it again.
        return weights.last?.0 ?? .up
    }

    private mutating func pick(_ list: [Int]) -> Int? {
        list.isEmpty ? nil : list[Int(random.next() % UInt64(list.count))]
    }
}
