/// One page of keys and common prefixes, in the order of their bytes.
struct S3Page: Sendable {
    struct Object: Sendable {
        let key: String
        let node: Node
    }

    enum Entry: Sendable {
        case object(Object)
        case prefix(String)

        var name: String {
            switch self {
            case .object(let object): object.key
            case .prefix(let prefix): prefix
            }
        }
    }

    var entries: [Entry] = []
    var isTruncated = false
}

/// Walks a bucket in the order of its keys and stops when a page is full; enters no folder whose keys it does not need.
struct S3Walk {
    let keys: S3Keys
    let bucket: String
    let prefix: String
    let delimiter: String
    /// Names up to this one are left out.
    let after: String
    let limit: Int

    private var page = S3Page()
    private var group: String?

    init(keys: S3Keys, bucket: String, prefix: String, delimiter: String, after: String, limit: Int) {
        self.keys = keys
        self.bucket = bucket
        self.prefix = prefix
        self.delimiter = delimiter
        self.after = after
        self.limit = limit
    }

    mutating func run() throws -> S3Page {
        if limit > 0 { _ = try walk(folder: try S3Keys.place(bucket, ""), key: "", depth: 0) }
        return page
    }

    /// False when the page is full.
    private mutating func walk(folder: ResourcePath, key: String, depth: Int) throws -> Bool {
        guard depth < ResourcePath.deepest else { return true }
        if !key.isEmpty, let marker = try keys.tree.node(folder.child(S3Keys.marker)), marker.kind == .file {
            guard emit(key, marker) else { return false }
        }
        let children = try keys.tree.children(of: folder).filter { $0.isServed }
            .map { (child: $0, key: key + $0.name + ($0.node.isFolder ? "/" : "")) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (child, name) in children {
            guard child.node.isFolder else {
                guard emit(name, child.node) else { return false }
                continue
            }
            let isWanted = starts(name, with: prefix) || starts(prefix, with: name)
            let isPast = !after.isEmpty && !starts(after, with: name) && precedes(name, after)
            let isGrouped = group.map { starts(name, with: $0) } ?? false
            guard isWanted, !isPast, !isGrouped else { continue }
            guard try walk(folder: folder.child(child.name), key: name, depth: depth + 1) else { return false }
        }
        return true
    }

    /// False when the page is full.
    private mutating func emit(_ key: String, _ node: Node) -> Bool {
        guard starts(key, with: prefix), after.isEmpty || precedes(after, key) else { return true }
        if let group, starts(key, with: group) { return true }
        if !delimiter.isEmpty, let end = end(ofGroupIn: key) {
            let name = String(decoding: Array(key.utf8.prefix(end)), as: UTF8.self)
            guard name != after else { return true }
            guard page.entries.count < limit else {
                page.isTruncated = true
                return false
            }
            page.entries.append(.prefix(name))
            group = name
            return true
        }
        guard page.entries.count < limit else {
            page.isTruncated = true
            return false
        }
        page.entries.append(.object(.init(key: key, node: node)))
        return true
    }

    /// Bytes of the key up to and with the first delimiter behind the prefix.
    private func end(ofGroupIn key: String) -> Int? {
        let bytes = Array(key.utf8)
        let mark = Array(delimiter.utf8)
        var start = prefix.utf8.count
        while start + mark.count <= bytes.count {
            if bytes[start..<start + mark.count].elementsEqual(mark) { return start + mark.count }
            start += 1
        }
        return nil
    }

    private func starts(_ text: String, with other: String) -> Bool { text.utf8.starts(with: other.utf8) }

    private func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
