import HTTPTypes
import Hummingbird
import NIOCore

/// Speaks Microsoft Graph over the tree: one drive, reached by id and by path. This file lets requests in and sends each to
/// its own; refusals become Graph's error documents.
struct GraphService: Sendable {
    let items: GraphItems
    let authenticator: Authenticator
    let log = GraphLog()
    let uploads = GraphUploads()
    let copies = GraphCopies()
    let subscriptions = GraphSubscriptions()
    let isReadOnly: Bool

    init(tree: FileTree, users: UserFile?, isReadOnly: Bool) {
        items = GraphItems(tree: tree, index: GraphIndex())
        authenticator = Authenticator(users: users)
        self.isReadOnly = isReadOnly
        subscriptions.watch(log)
    }

    func shutdown() async {
        await subscriptions.shutdown()
    }

    func respond(to request: Request, target: String) async throws -> Response {
        do {
            return try await answer(request, target)
        } catch let error as GraphError {
            return error.reply.response
        } catch let refusal as Refusal {
            return GraphError(refusal).reply.response
        }
    }

    private func answer(_ request: Request, _ target: String) async throws -> Response {
        let method = request.method.rawValue
        // What these URLs name is secret enough: they take no credential.
        if target.hasPrefix("/monitor/") { return try copies.monitor(String(target.dropFirst(9))).response }
        if target.hasPrefix("/upload/") { return try await upload(request, String(target.dropFirst(8))) }
        if target.hasPrefix("/download/") { return try await download(request, target) }
        if let path = SiteRequestPath(target: target) {
            return try await SiteService(self, request, path).respond(to: request)
        }
        let principal = try authenticator.principal(request.headers[.authorization])
        guard !isReadOnly || method == "GET" else { throw GraphError(403, "accessDenied", "The drive is read-only.") }
        let call = GraphCall(
            path: try GraphRequestPath(target: target), method: method, headers: request.headers, principal: principal,
            base: "http://\(request.head.authority ?? "localhost")")
        if call.path.item != nil, call.path.action.last == "content" {
            return try await content(request, call)
        }
        let hasBody = method != "GET" && method != "DELETE"
        let body = hasBody ? try await request.body.collect(upTo: GraphJSON.longestBody) : ByteBuffer()
        return try await reply(call, body: Array(body.readableBytesView)).response
    }

    /// Answers what is JSON or nothing.
    func reply(_ call: GraphCall, body: [UInt8]) async throws -> GraphReply {
        guard let item = call.path.item else { return try await beside(call, body) }
        let items = items
        let place = try await Blocking.run { try items.place(item) }
        guard let action = call.path.action.first else {
            switch call.method {
            case "GET": return try await get(place, call)
            case "PATCH": return try await patch(place, call, body)
            case "DELETE": return try await delete(place, call)
            default: throw Self.unknown
            }
        }
        switch (call.method, action.split(separator: ".").last.map(String.init) ?? action) {
        case ("GET", "children"):
            try call.principal.requireRead(place)
            let listing = GraphListing(items: items, base: call.base, path: call.path)
            return try await Blocking.run { try listing.answer(place, call.principal) }
        case ("POST", "children"): return try await makeFolder(place, call, body)
        case ("GET", _) where action.hasPrefix("delta"): return try await delta(place, call)
        case ("POST", "createUploadSession"): return try await beginUpload(place, call, body)
        case ("POST", "copy"): return try await copy(place, call, body)
        case ("POST", "permanentDelete"): return try await delete(place, call)
        case (_, "permissions"), ("POST", "invite"), ("POST", "createLink"):
            return try await share(place, call, body, action)
        default: throw Self.unknown
        }
    }

    /// What is asked of the service rather than of an item.
    private func beside(_ call: GraphCall, _ body: [UInt8]) async throws -> GraphReply {
        switch call.path.action.first?.lowercased() {
        case "$batch" where call.method == "POST": return try await batch(call, body)
        case "subscriptions": return try await subscribe(call, body)
        case nil where call.method == "GET", "me" where call.method == "GET":
            return GraphReply(
                status: 200,
                json: .object(["id": .string(GraphItems.driveID), "driveType": .string("business")]))
        default: throw Self.unknown
        }
    }

    static let unknown = GraphError(400, "invalidRequest", "Resource not found for the segment.")

    private func get(_ place: ResourcePath, _ call: GraphCall) async throws -> GraphReply {
        try call.principal.requireRead(place)
        let items = items
        return try await Blocking.run {
            let node = try items.node(place)
            var json = try items.json(place, node, call.principal, call.base)
            let listing = GraphListing(items: items, base: call.base, path: call.path)
            json = listing.selected(json)
            if node.isFolder, call.path.option("expand")?.lowercased().hasPrefix("children") == true {
                json = json.adding(["children": .array(try listing.expanded(place, call.principal))])
            }
            return GraphReply(status: 200, json: json)
        }
    }
}

/// One request, or one part of a batch.
struct GraphCall: Sendable {
    let path: GraphRequestPath
    let method: String
    let headers: HTTPFields
    let principal: Principal
    /// `http://` and the name that the client uses.
    let base: String
}
