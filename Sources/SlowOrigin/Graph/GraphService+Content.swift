import HTTPTypes
import Hummingbird
import NIOCore

/// The contents of files: read, written whole, written in parts.
extension GraphService {
    func content(_ request: Request, _ call: GraphCall) async throws -> Response {
        guard let item = call.path.item else { throw Self.unknown }
        let items = items
        switch (call.method, call.path.action.count) {
        case ("GET", 1):
            let place = try await Blocking.run { try items.place(item) }
            try call.principal.requireRead(place)
            return try await FileResponse.make(request, place, items.tree)
        case ("PUT", 1):
            let place = try await Blocking.run { try items.place(item) }
            return try await store(request.body, at: place, call.principal, call.base).response
        case ("PUT", 3) where call.path.action[0] == "children":
            let parent = try await Blocking.run { try items.place(item) }
            try GraphItems.checkName(call.path.action[1])
            return try await store(request.body, at: parent.child(call.path.action[1]), call.principal, call.base)
                .response
        default: throw Self.unknown
        }
    }

    private func store(
        _ body: RequestBody, at place: ResourcePath, _ principal: Principal, _ base: String
    ) async throws -> GraphReply {
        try principal.requireWrite(place)
        let items = items
        let (slot, isNew) = try await Blocking.run { () -> (String, Bool) in
            let before = try items.tree.node(place)
            guard before?.isFolder != true else { throw GraphError(409, "nameAlreadyExists", "A folder is here.") }
            do {
                return (try items.tree.slot(place), before == nil)
            } catch let refusal as Refusal {
                throw refusal.status == .conflict ? GraphError.notFound : GraphError(refusal)
            }
        }
        try await Upload.receive(body, into: slot)
        return try await change { () -> (GraphReply, [GraphLog.Change]) in
            let json = try items.json(place, try items.node(place), principal, base)
            return (GraphReply(status: isNew ? 201 : 200, json: json), [try changed(place), try changed(place.parent)])
        }
    }

    /// `/download/{id}/{stamp}`: what `@microsoft.graph.downloadUrl` leads to.
    func download(_ request: Request, _ target: String) async throws -> Response {
        let parts = target.split(separator: "/")
        guard parts.count == 3 else { throw GraphError.notFound }
        let items = items
        let place = try await Blocking.run { () -> ResourcePath in
            let place = try items.place(.id(String(parts[1])))
            guard try items.node(place).etag.filter({ $0 != "\"" }) == parts[2] else { throw GraphError.notFound }
            return place
        }
        return try await FileResponse.make(request, place, items.tree)
    }

    // MARK: In parts

    func beginUpload(_ place: ResourcePath, _ call: GraphCall, _ body: [UInt8]) async throws -> GraphReply {
        try call.principal.requireWrite(place)
        let items = items
        try await Blocking.run {
            guard try items.node(place.parent).isFolder else { throw GraphError.notFound }
            guard try items.tree.node(place)?.isFolder != true else {
                throw GraphError(409, "nameAlreadyExists", "A folder is here.")
            }
        }
        let name = try uploads.begin(place, call.principal)
        return GraphReply(
            status: 200,
            json: .object([
                "uploadUrl": .string("\(call.base)/upload/\(name)"),
                "expirationDateTime": .string(HTTPDate.iso8601(GraphUploads.now() + GraphUploads.life)),
                "nextExpectedRanges": .array([.string("0-")]),
            ]))
    }

    func upload(_ request: Request, _ name: String) async throws -> Response {
        switch request.method {
        case .delete:
            guard uploads.end(name) != nil else { throw GraphError.notFound }
            return GraphReply(status: 204).response
        case .get:
            guard let upload = uploads.find(name) else { throw GraphError.notFound }
            return GraphReply(status: 200, json: upload.status).response
        case .put:
            let part = try await request.body.collect(upTo: GraphUploads.largestFile)
            guard let range = GraphUploads.Range(request.headers[.contentRange] ?? "") else {
                throw GraphError(400, "invalidRequest", "The Content-Range is malformed.")
            }
            guard let upload = try uploads.add(Array(part.readableBytesView), range, to: name) else {
                return GraphReply(status: 202, json: uploads.find(name)?.status ?? .object([])).response
            }
            return try await store(
                RequestBody(buffer: ByteBuffer(bytes: upload.bytes)), at: upload.place, upload.principal,
                "http://\(request.head.authority ?? "localhost")"
            ).response
        default: throw Self.unknown
        }
    }
}
