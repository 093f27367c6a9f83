import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Folders made, items renamed, moved, deleted and shared.
extension GraphService {
    func makeFolder(_ parent: ResourcePath, _ call: GraphCall, _ body: [UInt8]) async throws -> GraphReply {
        guard let json = GraphJSON(body), let wanted = json["name"]?.text, json["folder"] != nil else {
            throw GraphError(400, "invalidRequest", "A folder has a name and the member folder.")
        }
        try GraphItems.checkName(wanted)
        let items = items
        return try await change { () -> (GraphReply, [GraphLog.Change]) in
            guard try items.node(parent).isFolder else { throw GraphError.notFound }
            let name = try free(wanted, in: parent, json["@microsoft.graph.conflictBehavior"]?.text ?? "fail")
            let place = parent.child(name)
            try call.principal.requireWrite(place)
            let slot = try items.tree.slot(place)
            guard mkdir(slot, 0o755) == 0 else { throw Upload.refusal() }
            return (
                GraphReply(status: 201, json: try items.json(place, try items.node(place), call.principal, call.base)),
                [try changed(place), try changed(parent)]
            )
        }
    }

    /// The name to take in a folder, by what the client wants done about one that is taken.
    func free(_ name: String, in folder: ResourcePath, _ behaviour: String) throws -> String {
        let taken = try items.tree.children(of: folder).contains { $0.name.lowercased() == name.lowercased() }
        guard taken else { return name }
        guard behaviour == "rename" else {
            throw GraphError(409, "nameAlreadyExists", "An item with this name exists already.")
        }
        for number in 1...1_000 {
            let candidate = "\(name) \(number)"
            if try items.tree.node(folder.child(candidate)) == nil { return candidate }
        }
        throw GraphError(409, "nameAlreadyExists", "Too many items have such a name.")
    }

    func patch(_ source: ResourcePath, _ call: GraphCall, _ body: [UInt8]) async throws -> GraphReply {
        guard let json = GraphJSON(body) else { throw GraphError(400, "invalidRequest", "The body is no JSON.") }
        let items = items
        return try await change { () -> (GraphReply, [GraphLog.Change]) in
            _ = try items.node(source)
            let parent = try json["parentReference"].map { try destination($0) } ?? source.parent
            let name = json["name"]?.text ?? source.name
            try GraphItems.checkName(name)
            let target = parent.child(name)
            var changes: [GraphLog.Change] = []
            if !target.isSamePlace(as: source) {
                guard !source.isRoot, !source.contains(parent) else {
                    throw GraphError(400, "invalidRequest", "An item can't be moved into itself.")
                }
                try call.principal.requireWriteOfTree(source)
                try call.principal.requireWriteOfTree(target)
                guard try items.node(parent).isFolder else { throw GraphError.notFound }
                let isRespelled = source.parent.isSamePlace(as: parent) && source.name.lowercased() == name.lowercased()
                if !isRespelled { _ = try free(name, in: parent, "fail") }
                try TreeChanges.move(try items.tree.slot(source), to: try items.tree.slot(target))
                items.index.moved(source, to: target)
                changes = [try changed(source.parent), try changed(parent)]
            } else {
                try call.principal.requireWrite(source)
            }
            changes.append(try changed(target))
            let node = try items.node(target)
            return (GraphReply(status: 200, json: try items.json(target, node, call.principal, call.base)), changes)
        }
    }

    /// The folder that a `parentReference` names.
    func destination(_ reference: GraphJSON) throws -> ResourcePath {
        if let drive = reference["driveId"]?.text, drive.lowercased() != GraphItems.driveID.lowercased() {
            throw GraphError(404, "itemNotFound", "There is no such drive.")
        }
        if let id = reference["id"]?.text { return try items.place(id.lowercased() == "root" ? .path([]) : .id(id)) }
        guard let path = reference["path"]?.text, let marker = path.firstRange(of: "root:"),
            let text = path[marker.upperBound...].graphDecoded
        else { throw GraphError(400, "invalidRequest", "The parentReference names no folder.") }
        return try items.place(.path(text.split(separator: "/").map(String.init)))
    }

    func delete(_ place: ResourcePath, _ call: GraphCall) async throws -> GraphReply {
        try call.principal.requireWriteOfTree(place)
        let items = items
        return try await change { () -> (GraphReply, [GraphLog.Change]) in
            _ = try items.node(place)
            let id = try items.index.id(of: place)
            try TreeChanges.remove(try items.tree.slot(place))
            items.index.removed(place)
            return (
                GraphReply(status: 204),
                [GraphLog.Change(id: id, place: place, isDeleted: true), try changed(place.parent)]
            )
        }
    }

    func share(
        _ place: ResourcePath, _ call: GraphCall, _ body: [UInt8], _ action: String
    ) async throws -> GraphReply {
        let items = items
        if call.method == "GET" {
            try call.principal.requireRead(place)
            return GraphReply(
                status: 200, json: .object(["value": .array(items.shares.list(try items.index.id(of: place)))]))
        }
        try call.principal.requireWrite(place)
        return try await change { () -> (GraphReply, [GraphLog.Change]) in
            _ = try items.node(place)
            let id = try items.index.id(of: place)
            if call.method == "DELETE" {
                guard call.path.action.count == 2, items.shares.remove(id, permission: call.path.action[1]) else {
                    throw GraphError.notFound
                }
                return (GraphReply(status: 204), [try changed(place)])
            }
            let json = GraphJSON(body) ?? .object([])
            let isLink = action.lowercased().hasSuffix("createlink")
            let scope = isLink ? json["scope"]?.text ?? "anonymous" : "users"
            let permission = try items.shares.add(id, scope: scope) { name in
                isLink
                    ? .object([
                        "id": .string(name), "roles": .array([.string("read")]),
                        "link": .object([
                            "type": json["type"] ?? .string("view"), "scope": .string(scope),
                            "webUrl": .string("\(call.base)/s/\(name)"),
                        ]),
                    ])
                    : .object(["id": .string(name), "roles": json["roles"] ?? .array([.string("read")])])
            }
            let reply = isLink ? permission : .object(["value": .array([permission])])
            return (GraphReply(status: isLink ? 201 : 200, json: reply), [try changed(place)])
        }
    }

    // MARK: The log

    func changed(_ place: ResourcePath) throws(GraphError) -> GraphLog.Change {
        GraphLog.Change(id: try items.index.id(of: place), place: place, isDeleted: false)
    }

    /// Does a change away from the event loops, and notes it before it is answered.
    func change(_ body: @escaping @Sendable () throws -> (GraphReply, [GraphLog.Change])) async throws -> GraphReply {
        let (reply, changes) = try await Blocking.run(body)
        log.note(changes)
        return reply
    }
}
