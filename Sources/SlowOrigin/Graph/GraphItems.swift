import HTTPTypes
import Synchronization

/// Renders items of the tree as Graph does.
struct GraphItems: Sendable {
    static let driveID = "b!slow-origin"

    let tree: FileTree
    let index: GraphIndex
    let shares = GraphShares()

    static func checkName(_ name: String) throws(GraphError) {
        guard !name.isEmpty, name != ".", name != "..", !name.hasPrefix(ResourcePath.uploadPrefix),
            !name.contains(where: { "/\\:*?\"<>|\0".contains($0) })
        else { throw GraphError(400, "invalidRequest", "The name is not allowed.") }
    }

    /// The place that a request addresses; it need not hold anything.
    func place(_ item: GraphRequestPath.Item) throws(GraphError) -> ResourcePath {
        switch item {
        case .path(let names): return try exact(ResourcePath(segments: names, isSlashed: false))
        case .id(let id):
            guard let place = index.place(of: id) else { throw GraphError.notFound }
            return place
        case .below(let id, let names):
            guard let place = index.place(of: id) else { throw GraphError.notFound }
            return try exact(ResourcePath(segments: place.segments + names, isSlashed: false))
        }
    }

    /// The place in the letter case that it has on disk: the service tells names apart without regard to case.
    private func exact(_ path: ResourcePath) throws(GraphError) -> ResourcePath {
        var found = ResourcePath(segments: [], isSlashed: false)
        for (depth, name) in path.segments.enumerated() {
            let next = found.child(name)
            if (try? tree.node(next)) != nil {
                found = next
                continue
            }
            let like = (try? tree.children(of: found))?.first { $0.name.lowercased() == name.lowercased() }
            guard let like else {
                return ResourcePath(segments: found.segments + path.segments[depth...], isSlashed: false)
            }
            found = found.child(like.name)
        }
        return found
    }

    func node(_ path: ResourcePath) throws(GraphError) -> Node {
        do throws(Refusal) {
            return try tree.existing(path)
        } catch {
            if error.status == .notFound { index.removed(path) }
            throw GraphError(error)
        }
    }

    /// The children that the principal may see.
    func children(_ path: ResourcePath, _ principal: Principal) throws(GraphError) -> [Child] {
        do throws(Refusal) {
            return try tree.children(of: path).filter { child in
                child.isServed && !child.name.hasPrefix(ResourcePath.uploadPrefix)
                    && principal.permissions.right(to: path.child(child.name)) > .deny
            }
        } catch {
            throw GraphError(error)
        }
    }

    func json(_ path: ResourcePath, _ node: Node, _ principal: Principal, _ base: String) throws(GraphError)
        -> GraphJSON
    {
        let id = try index.id(of: path)
        let stamp = node.etag.filter { $0 != "\"" }
        var members: [GraphJSON.Member] = []
        func add(_ name: String, _ value: GraphJSON) { members.append(.init(name: name, value: value)) }
        if !node.isFolder {
            add("@microsoft.graph.downloadUrl", .string("\(base)/download/\(id)/\(stamp)"))
        }
        add("id", .string(id))
        add("name", .string(path.isRoot ? "root" : path.name))
        add("createdDateTime", .string(HTTPDate.iso8601(0)))
        add("lastModifiedDateTime", .string(HTTPDate.iso8601(node.modified)))
        add("eTag", .string("\"{\(id)},\(stamp)\""))
        add("cTag", .string("\"c:{\(id)},\(stamp)\""))
        add("size", .number(node.isFolder ? 0 : node.size))
        add("webUrl", .string("\(base)/files" + path.href(isFolder: false)))
        add("parentReference", .object(try reference(path)))
        if path.isRoot { add("root", .object([])) }
        if node.isFolder {
            add("folder", .object(["childCount": .number(try children(path, principal).count)]))
        } else {
            add("file", .object(["mimeType": .string(MediaTypes.of(path.name))]))
        }
        if let scope = shares.scope(id) { add("shared", .object(["scope": .string(scope)])) }
        return .object(members)
    }

    /// The item's parent: of the root's nothing but the drive.
    private func reference(_ path: ResourcePath) throws(GraphError) -> [GraphJSON.Member] {
        var members: [GraphJSON.Member] = [
            .init(name: "driveType", value: .string("business")),
            .init(name: "driveId", value: .string(Self.driveID)),
        ]
        guard !path.isRoot else { return members }
        let parent = path.parent
        members.append(.init(name: "id", value: .string(try index.id(of: parent))))
        if let name = parent.segments.last { members.append(.init(name: "name", value: .string(name))) }
        let text = parent.isRoot ? "" : parent.href(isFolder: false)
        members.append(.init(name: "path", value: .string("/drives/\(Self.driveID)/root:\(text)")))
        return members
    }
}

/// Who was let in by invitation or link: only that an item is shared shows in listings.
final class GraphShares: Sendable {
    static let maximum = 100_000

    private let permissions = Mutex<[String: [(id: String, json: GraphJSON, scope: String)]]>([:])
    private let next = Mutex(1)

    func scope(_ id: String) -> String? {
        permissions.withLock { $0[id]?.last?.scope }
    }

    func list(_ id: String) -> [GraphJSON] {
        permissions.withLock { $0[id]?.map(\.json) ?? [] }
    }

    func add(_ id: String, scope: String, _ make: (String) -> GraphJSON) throws(GraphError) -> GraphJSON {
        let number = next.withLock { next in
            next += 1
            return next
        }
        guard number < Self.maximum else { throw GraphError(507, "quotaLimitReached", "Too many permissions.") }
        let name = "perm-\(number)"
        let json = make(name)
        permissions.withLock { $0[id, default: []].append((name, json, scope)) }
        return json
    }

    func remove(_ id: String, permission: String) -> Bool {
        permissions.withLock { all in
            guard let index = all[id]?.firstIndex(where: { $0.id == permission }) else { return false }
            all[id]?.remove(at: index)
            if all[id]?.isEmpty == true { all[id] = nil }
            return true
        }
    }
}
