import HTTPTypes

/// `delta`: everything once, page by page, then what changed since a token.
extension GraphService {
    static let deltaPage = 200
    /// Items of the first enumeration; a larger tree is not enumerated.
    static let largestEnumeration = 200_000

    func delta(_ place: ResourcePath, _ call: GraphCall) async throws -> GraphReply {
        try call.principal.requireRead(place)
        let (items, log) = (items, log)
        switch Self.token(call) {
        case nil: return try await Blocking.run { try enumerate(place, call, from: 0, asOf: log.next) }
        case "latest": return link(call, "token=t\(log.next)", [])
        case .some(let token):
            if token.hasPrefix("e"), let dash = token.firstIndex(of: "-"),
                let start = Int(token[token.index(after: token.startIndex)..<dash]),
                let asOf = Int(token[token.index(after: dash)...])
            {
                return try await Blocking.run { try enumerate(place, call, from: start, asOf: asOf) }
            }
            guard token.hasPrefix("t"), let since = Int(token.dropFirst()) else {
                throw GraphError(400, "invalidRequest", "The token is not valid.")
            }
            guard let changes = log.since(since) else {
                throw GraphError(
                    410, "resyncRequired", "The token is too old.",
                    headers: [.location: Self.address(call) + "?token=latest"])
            }
            let next = since + changes.count
            return try await Blocking.run {
                link(call, "token=t\(next)", try changes.map { try Self.json($0, items, call) })
            }
        }
    }

    private static func token(_ call: GraphCall) -> String? {
        if let token = call.path.option("token") ?? call.path.option("deltatoken") { return token }
        // `delta(token='x')`
        guard let action = call.path.action.first, let open = action.firstRange(of: "token='"),
            let close = action[open.upperBound...].firstIndex(of: "'")
        else { return nil }
        return String(action[open.upperBound..<close])
    }

    private static func address(_ call: GraphCall) -> String {
        "\(call.base)/\(call.path.version)/drives/\(GraphItems.driveID.replacing("!", with: "%21"))/root/delta"
    }

    private func link(_ call: GraphCall, _ query: String, _ rows: [GraphJSON]) -> GraphReply {
        GraphReply(
            status: 200,
            json: .object([
                "@odata.deltaLink": .string("\(Self.address(call))?\(query)"), "value": .array(rows),
            ]))
    }

    private func enumerate(
        _ place: ResourcePath, _ call: GraphCall, from start: Int, asOf: Int
    ) throws -> GraphReply {
        var all: [ResourcePath] = []
        try walk(place, call.principal, into: &all)
        var rows: [GraphJSON] = []
        for place in all.dropFirst(start).prefix(Self.deltaPage) {
            guard let node = try? items.node(place) else { continue }
            rows.append(try items.json(place, node, call.principal, call.base))
        }
        let next = start + Self.deltaPage
        guard next < all.count else { return link(call, "token=t\(asOf)", rows) }
        return GraphReply(
            status: 200,
            json: .object([
                "@odata.nextLink": .string("\(Self.address(call))?token=e\(next)-\(asOf)"), "value": .array(rows),
            ]))
    }

    private func walk(_ place: ResourcePath, _ principal: Principal, into all: inout [ResourcePath]) throws {
        guard all.count < Self.largestEnumeration else {
            throw GraphError(507, "quotaLimitReached", "The tree has too many items.")
        }
        all.append(place)
        guard try items.node(place).isFolder else { return }
        for child in try items.children(place, principal).sorted(by: { $0.name < $1.name }) {
            try walk(place.child(child.name), principal, into: &all)
        }
    }

    /// As business drives tell it: without the parent's path, and without a deleted item's name.
    private static func json(_ change: GraphLog.Change, _ items: GraphItems, _ call: GraphCall) throws -> GraphJSON {
        let drive: GraphJSON = .object(["driveId": .string(GraphItems.driveID)])
        guard !change.isDeleted, let place = items.index.place(of: change.id), let node = try? items.node(place),
            case .object(let members) = try items.json(place, node, call.principal, call.base)
        else {
            return .object([
                "id": .string(change.id), "deleted": .object(["state": .string("deleted")]), "parentReference": drive,
            ])
        }
        return .object(
            members.map { member in
                guard member.name == "parentReference", case .object(let reference) = member.value else {
                    return member
                }
                return .init(name: member.name, value: .object(reference.filter { $0.name != "path" }))
            })
    }
}
