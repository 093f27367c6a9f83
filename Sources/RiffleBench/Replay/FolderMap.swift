/// Gives every folder of a trace a folder of a real tree, so that a trace without its data can still be replayed.
///
/// Parents stay parents as far as the real tree goes: the n-th child seen below a folder becomes the n-th child of that
/// folder's counterpart, round and round; where that has no children, any folder not taken yet.
package struct FolderMap: Sendable {
    private let tree: Tree
    private var known: [String: Int] = ["/": 0]
    private var childrenSeen: [Int: Int] = [:]
    private var taken: Set<Int> = [0]
    private var cursor = 0

    package init(_ tree: Tree) { self.tree = tree }

    /// The number of the counterpart in the tree.
    package mutating func folder(for path: String) -> Int {
        let components = path.prefix { $0 != "?" }.split(separator: "/")
        var here = 0
        var name = "/"
        for component in components {
            name += component + "/"
            if let number = known[name] {
                here = number
                continue
            }
            let children = tree.children.indices.contains(here) ? tree.children[here] : []
            let next: Int
            if children.isEmpty {
                next = stranger()
            } else {
                next = children[childrenSeen[here, default: 0] % children.count]
                childrenSeen[here, default: 0] += 1
            }
            taken.insert(next)
            known[name] = next
            here = next
        }
        return here
    }

    private mutating func stranger() -> Int {
        let count = max(tree.count, 1)
        for _ in 0..<count where taken.contains(cursor) && taken.count < count { cursor = (cursor + 1) % count }
        defer { cursor = (cursor + 1) % count }
        return cursor
    }
}
