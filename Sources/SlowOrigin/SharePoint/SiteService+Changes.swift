import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Folders and files made, moved, copied, renamed and recycled.
extension SiteService {
    func change(
        _ place: ResourcePath, _ calls: [SiteRequestPath.Call], _ method: String, _ request: Request, isFile: Bool
    ) async throws -> Response {
        if !isFile, calls.first?.name == "files", calls.count == 2 {
            return try await add(calls[1], to: place, request)
        }
        if isFile, calls.first?.name == "$value" { return try await store(request.body, at: place) }
        let body = try await request.body.collect(upTo: GraphJSON.longestBody)
        let json = GraphJSON(Array(body.readableBytesView)) ?? .object([])
        switch (calls.first?.name, method) {
        case (nil, "DELETE"), ("recycle", "POST"), ("deleteobject", "POST"):
            return try await remove(place, isFile: isFile)
        case (nil, "MERGE"), (nil, "PATCH"): return try await rename(place, json["Name"]?.text)
        case ("listitemallfields", "MERGE"), ("listitemallfields", "PATCH"):
            return try await rename(place, json["FileLeafRef"]?.text)
        case ("moveto", "POST"), ("movetousingpath", "POST"):
            return try await move(place, to: try resolve(calls[0].argument("newurl", "decodedurl")))
        case ("copyto", "POST"), ("copytousingpath", "POST"):
            return try await copy(place, to: try resolve(calls[0].argument("strnewurl", "decodedurl")))
        case ("addsubfolder", "POST") where !isFile, ("addsubfolderusingpath", "POST") where !isFile:
            let name =
                calls[0].argument("leafname", "decodedurl") ?? json["leafName"]?.text ?? json["DecodedUrl"]?.text
            return try await make(try resolve(name, in: place))
        case ("folders", "POST") where !isFile:
            guard calls.count == 2 else { return try await make(try resolve(json["ServerRelativeUrl"]?.text)) }
            return try await make(try resolve(calls[1].argument("url", "decodedurl"), in: place))
        default: throw GraphService.unknown
        }
    }

    private func add(_ call: SiteRequestPath.Call, to folder: ResourcePath, _ request: Request) async throws -> Response
    {
        guard call.name == "add" || call.name == "addusingpath" else { throw GraphService.unknown }
        let file = try resolve(call.argument("url", "decodedurl"), in: folder)
        let mayOverwrite = call.arguments.contains { $0.name == "overwrite" && $0.value.lowercased() == "true" }
        let items = items
        let isTaken = try await Blocking.run { try items.items.tree.node(file) != nil }
        guard mayOverwrite || !isTaken else { throw GraphError(400, "fileExists", "A file with this name exists.") }
        _ = try await store(request.body, at: file)
        return try await described(file)
    }

    private func store(_ body: RequestBody, at file: ResourcePath) async throws -> Response {
        try items.principal.requireWrite(file)
        let tree = items.items.tree
        let slot = try await Blocking.run { () throws -> String in
            guard try tree.node(file)?.isFolder != true else {
                throw GraphError(400, "fileExists", "A folder is here.")
            }
            return try tree.slot(file)
        }
        try await Upload.receive(body, into: slot)
        return try await changing { [try graph.changed(file), try graph.changed(file.parent)] }
    }

    /// Making a folder that is there is no mistake.
    private func make(_ folder: ResourcePath) async throws -> Response {
        try items.principal.requireWrite(folder)
        let (graph, tree) = (graph, items.items.tree)
        _ = try await changing {
            if try tree.node(folder)?.isFolder == true { return [] }
            guard mkdir(try tree.slot(folder), 0o755) == 0 else { throw Upload.refusal() }
            return [try graph.changed(folder), try graph.changed(folder.parent)]
        }
        return try await described(folder)
    }

    private func remove(_ place: ResourcePath, isFile: Bool) async throws -> Response {
        try items.principal.requireWriteOfTree(place)
        let (graph, items) = (graph, items.items)
        return try await changing {
            guard try items.node(place).isFolder != isFile else { throw GraphError.notFound }
            let id = try items.index.id(of: place)
            try TreeChanges.remove(try items.tree.slot(place))
            items.index.removed(place)
            return [GraphLog.Change(id: id, place: place, isDeleted: true), try graph.changed(place.parent)]
        }
    }

    private func rename(_ place: ResourcePath, _ name: String?) async throws -> Response {
        guard let name else { throw GraphError(400, "invalidRequest", "There is no new name.") }
        try GraphItems.checkName(name)
        return try await move(place, to: place.parent.child(name), status: 204)
    }

    private func move(_ source: ResourcePath, to target: ResourcePath, status: Int = 200) async throws -> Response {
        try items.principal.requireWriteOfTree(source)
        try items.principal.requireWriteOfTree(target)
        let (graph, items) = (graph, items.items)
        return try await changing(status) {
            _ = try items.node(source)
            guard !source.isRoot, !source.contains(target) || source.isSamePlace(as: target) else {
                throw GraphError(400, "invalidRequest", "A folder can't be moved into itself.")
            }
            try TreeChanges.move(try items.tree.slot(source), to: try items.tree.slot(target))
            items.index.moved(source, to: target)
            return [try graph.changed(source.parent), try graph.changed(target.parent), try graph.changed(target)]
        }
    }

    private func copy(_ source: ResourcePath, to target: ResourcePath) async throws -> Response {
        try items.principal.requireReadOfTree(source)
        try items.principal.requireWriteOfTree(target)
        let (graph, items) = (graph, items.items)
        return try await changing {
            guard let canonical = try items.tree.locate(source), !source.contains(target) else {
                throw GraphError.notFound
            }
            try TreeChanges.copy(canonical, to: try items.tree.slot(target), deeply: true)
            return [try graph.changed(target), try graph.changed(target.parent)]
        }
    }

    private func changing(
        _ status: Int = 200, _ body: @escaping @Sendable () throws -> [GraphLog.Change]
    ) async throws -> Response {
        graph.log.note(try await Blocking.run(body))
        return format.response(status == 204 ? nil : format.one(.object(["odata.null": .bool(true)])), status: status)
    }

    private func described(_ place: ResourcePath) async throws -> Response {
        let (items, format) = (items, format)
        let json = try await Blocking.run { try items.json(place, try items.items.node(place)) }
        return format.response(format.one(json))
    }
}
