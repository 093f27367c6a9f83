/// Renders folders and files as SharePoint's REST service does; an address from the server's root is a path of the tree.
struct SiteItems: Sendable {
    let items: GraphItems
    let principal: Principal
    let base: String
    let site: [String]
    let format: SiteFormat

    static func url(_ path: ResourcePath) -> String { "/" + path.segments.joined(separator: "/") }

    func json(_ path: ResourcePath, _ node: Node, shown: [GraphJSON.Member] = []) throws(GraphError) -> GraphJSON {
        let kind = node.isFolder ? "Folder" : "File"
        let address = "Web/Get\(kind)ByServerRelativePath(decodedurl='\(Self.encoded(path))')"
        let prefix = base + site.map { "/" + $0 }.joined() + "/_api/"
        var members: [GraphJSON.Member] = []
        func add(_ name: String, _ value: GraphJSON) { members.append(.init(name: name, value: value)) }
        switch format {
        case .verbose:
            add(
                "__metadata",
                .object([
                    "id": .string(prefix + address), "uri": .string(prefix + address), "type": .string("SP.\(kind)"),
                ]))
            if node.isFolder {
                for name in ["Files", "Folders"] where !shown.contains(where: { $0.name == name }) {
                    add(name, .object(["__deferred": .object(["uri": .string("\(prefix)\(address)/\(name)")])]))
                }
            }
        case .minimal:
            add("odata.type", .string("SP.\(kind)"))
            add("odata.id", .string(prefix + address))
            add("odata.editLink", .string(address))
        case .none, .atom: break
        }
        members += shown
        add("Exists", .bool(true))
        if node.isFolder {
            add("ItemCount", .number(try items.children(path, principal).count))
        } else {
            add("ETag", .string("\"{\(try items.index.id(of: path))},1\""))
            add("Length", .string(String(node.size)))
        }
        add("Name", .string(path.name))
        add("ServerRelativeUrl", .string(Self.url(path)))
        add("TimeLastModified", .string(HTTPDate.iso8601(node.modified)))
        add("UniqueId", .string(try items.index.id(of: path)))
        return .object(members)
    }

    /// The files or the folders of a folder, by name.
    func members(of folder: ResourcePath, folders: Bool) throws(GraphError) -> [GraphJSON] {
        var rows: [GraphJSON] = []
        let children = try items.children(folder, principal).filter { $0.node.isFolder == folders }
        for child in children.sorted(by: { $0.name < $1.name }) {
            rows.append(try json(folder.child(child.name), child.node))
        }
        return rows
    }

    private static func encoded(_ path: ResourcePath) -> String {
        path.href(isFolder: false).replacing("'", with: "''")
    }
}
