import HTTPTypes
import Hummingbird
import NIOCore

/// Speaks like nginx with `autoindex_format json`: GET and HEAD of folders and files, nothing else.
struct AutoindexDialect: Dialect {
    let tree: FileTree

    func respond(to request: Request, at path: ResourcePath, by principal: Principal) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            throw Refusal(.methodNotAllowed, "only GET and HEAD", headers: [.allow: "GET, HEAD"])
        }
        try principal.requireRead(path)
        let tree = tree
        let node = try await Blocking.run { try tree.existing(path) }
        guard node.isFolder else { return try await FileResponse.make(request, path, tree) }
        guard path.isSlashed else { return FileResponse.slashRedirect(request, path) }
        let json = try await Blocking.run {
            let children = try tree.children(of: path)
            return ByteBuffer(
                bytes: AutoindexJSON.render(
                    children.filter { principal.permissions.right(to: path.child($0.name)) > .deny }))
        }
        // No validators: nginx sends none with a listing.
        return Response(
            status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: json))
    }
}
