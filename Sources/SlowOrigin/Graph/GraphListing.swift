/// `children`, in pages, sorted, with the members that were selected.
struct GraphListing {
    static let usualPage = 200
    static let largestPage = 5_000

    private enum Key: String {
        case name, size, lastModifiedDateTime
    }

    let items: GraphItems
    let base: String
    let path: GraphRequestPath

    func answer(_ folder: ResourcePath, _ principal: Principal) throws(GraphError) -> GraphReply {
        guard path.option("skip") == nil else {
            throw GraphError(400, "invalidRequest", "$skip is not supported on this API.")
        }
        let node = try items.node(folder)
        guard node.isFolder else { throw GraphError(400, "invalidRequest", "The item is no folder.") }
        let children = try sorted(filtered(try items.children(folder, principal)))
        let (start, count) = try window()
        var rows: [GraphJSON] = []
        for child in children.dropFirst(start).prefix(count) {
            let row = try items.json(folder.child(child.name), child.node, principal, base)
            rows.append(selected(row))
        }
        var members: [GraphJSON.Member] = [
            .init(
                name: "@odata.context", value: .string("\(base)/\(path.version)/$metadata#Collection(driveItem)"))
        ]
        if path.option("count")?.lowercased() == "true" {
            members.append(.init(name: "@odata.count", value: .number(children.count)))
        }
        if start + count < children.count {
            let link = try nextLink(folder, from: start + count)
            members.append(.init(name: "@odata.nextLink", value: .string(link)))
        }
        members.append(.init(name: "value", value: .array(rows)))
        return GraphReply(status: 200, json: .object(members))
    }

    /// All children, as an expanded member of their folder.
    func expanded(_ folder: ResourcePath, _ principal: Principal) throws(GraphError) -> [GraphJSON] {
        var rows: [GraphJSON] = []
        for child in try items.children(folder, principal).sorted(by: { $0.name < $1.name }).prefix(Self.usualPage) {
            rows.append(try items.json(folder.child(child.name), child.node, principal, base))
        }
        return rows
    }

    func selected(_ item: GraphJSON) -> GraphJSON {
        guard let select = path.option("select"), case .object(let members) = item else { return item }
        let wanted = Set(select.split(separator: ",").map { $0.filter { $0 != " " }.lowercased() })
        return .object(members.filter { wanted.contains($0.name.lowercased()) })
    }

    private func filtered(_ children: [Child]) throws(GraphError) -> [Child] {
        switch path.option("filter") {
        case nil: return children
        case "folder ne null": return children.filter(\.node.isFolder)
        default: throw GraphError(400, "invalidRequest", "Invalid filter clause.")
        }
    }

    private func sorted(_ children: [Child]) throws(GraphError) -> [Child] {
        let words = (path.option("orderby") ?? "name").split(separator: " ")
        guard let word = words.first, let key = Key(rawValue: String(word)),
            words.count == 1 || words.count == 2 && (words[1] == "asc" || words[1] == "desc")
        else { throw GraphError(400, "invalidRequest", "Invalid orderby clause.") }
        let sorted = children.sorted { left, right in
            switch key {
            case .size where left.node.size != right.node.size: left.node.size < right.node.size
            case .lastModifiedDateTime where left.node.modified != right.node.modified:
                left.node.modified < right.node.modified
            default: left.name < right.name
            }
        }
        return words.count == 2 && words[1] == "desc" ? sorted.reversed() : sorted
    }

    private func window() throws(GraphError) -> (start: Int, count: Int) {
        var count = Self.usualPage
        if let top = path.option("top") {
            guard let number = Int(top), number > 0 else { throw GraphError(400, "invalidRequest", "Invalid $top.") }
            count = min(number, Self.largestPage)
        }
        guard let token = path.option("skiptoken") else { return (0, count) }
        guard token.hasPrefix("s"), let start = Int(token.dropFirst(), radix: 16), start >= 0 else {
            throw GraphError(400, "invalidRequest", "The skip token is not valid.")
        }
        return (start, count)
    }

    /// By id, as the service does even where the request came by path.
    private func nextLink(_ folder: ResourcePath, from start: Int) throws(GraphError) -> String {
        let id = try items.index.id(of: folder)
        let kept = path.query.split(separator: "&").filter { !$0.lowercased().hasPrefix("$skiptoken=") }
        let query = (kept + ["$skiptoken=s\(String(start, radix: 16))"]).joined(separator: "&")
        return
            "\(base)/\(path.version)/drives/\(GraphItems.driveID.replacing("!", with: "%21"))/items/\(id)/children?\(query)"
    }
}
