import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Speaks WebDAV classes 1 and 2 (RFC 4918). This file sends each method to its own; the state beside the tree (dead
/// properties, locks) lives here.
final class WebDAVDialect: Dialect {
    let tree: FileTree
    let properties = DeadProperties()
    let locks = Mutex(LockTable())

    /// Whether a folder's tag changes with everything below it.
    let hasDeepTags: Bool

    init(tree: FileTree, hasDeepTags: Bool = false) {
        self.tree = tree
        self.hasDeepTags = hasDeepTags
    }

    static let methods =
        "OPTIONS, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE, PROPFIND, PROPPATCH, LOCK, UNLOCK"

    func respond(to request: Request, at path: ResourcePath, by principal: Principal) async throws -> Response {
        switch request.method.rawValue {
        case "OPTIONS":
            return PlainResponse.make(.ok, [.dav: "1, 2", .msAuthorVia: "DAV", .allow: Self.methods])
        case "GET", "HEAD": return try await get(request, path, principal)
        case "PROPFIND": return try await propfind(request, path, principal)
        case "PROPPATCH": return try await proppatch(request, path, principal)
        case "PUT": return try await put(request, path, principal)
        case "MKCOL": return try await makeFolder(request, path, principal)
        case "DELETE": return try await delete(request, path, principal)
        case "COPY": return try await transfer(request, path, principal, isMove: false)
        case "MOVE": return try await transfer(request, path, principal, isMove: true)
        case "LOCK": return try await lock(request, path, principal)
        case "UNLOCK": return try await unlock(request, path, principal)
        default: throw Refusal(.methodNotAllowed, "this method is not known", headers: [.allow: Self.methods])
        }
    }

    /// Seconds on a clock that never goes back.
    static func now() -> Int { Int(NIODeadline.now().uptimeNanoseconds / 1_000_000_000) }

    /// The locks in force.
    func currentLocks() -> LockTable {
        locks.withLock { table in
            table.expire(now: Self.now())
            return table
        }
    }

    /// Evaluates `If`, the RFC 9110 conditions and locks before a change to `path`; returns the tokens sent.
    @discardableResult
    func admit(
        _ request: Request, _ path: ResourcePath, _ principal: Principal, deeply: Bool, membership: Bool,
        changes: Bool = true
    ) async throws -> Set<String> {
        let tree = tree
        let node = try await Blocking.run { try tree.node(path) }
        guard Preconditions.evaluate(request.headers, current: node, isRead: false) == .proceed else {
            throw Refusal(.preconditionFailed, "the precondition does not hold")
        }
        let table = currentLocks()
        var tokens: Set<String> = []
        if let field = request.headers[.ifState] {
            guard let header = IfHeader(field) else { throw Refusal(.badRequest, "the If field is malformed") }
            let states = try await states(of: header, request, path)
            let holds = header.holds { tag in
                let (place, etag) = states[tag ?? ""] ?? (nil, nil)
                return (Set(place.map { table.covering($0).map(\.token) } ?? []), etag)
            }
            guard holds else { throw Refusal(.preconditionFailed, "the If field does not hold") }
            tokens = header.tokens
        }
        if changes,
            table.bars(path, deeply: deeply, membership: membership, tokens: tokens, principal: principal.name)
        {
            throw Refusal(.locked, "locked, and the lock's token was not sent")
        }
        return tokens
    }

    /// The place and entity tag behind every tag of an `If` field; the empty tag is the requested resource.
    private func states(
        of header: IfHeader, _ request: Request, _ path: ResourcePath
    ) async throws -> [String: (ResourcePath?, String?)] {
        var states: [String: (ResourcePath?, String?)] = [:]
        for tag in Set(header.lists.map { $0.tag ?? "" }) {
            let place = tag.isEmpty ? path : try? Destination.parse(tag, authority: request.head.authority)
            guard let place else { continue }
            let tree = tree
            let node = try? await Blocking.run { try tree.node(place) }
            states[tag] = (place, node?.etag)
        }
        return states
    }

    func get(_ request: Request, _ path: ResourcePath, _ principal: Principal) async throws -> Response {
        try principal.requireRead(path)
        let tree = tree
        let node = try await Blocking.run { try tree.existing(path) }
        guard node.isFolder else { return try await FileResponse.make(request, path, tree) }
        guard path.isSlashed else { return FileResponse.slashRedirect(request, path) }
        let page = try await Blocking.run {
            var text = "<!DOCTYPE html><title>\(XMLText.escape(path.key))</title><ul>\n"
            for child in try tree.children(of: path).sorted(by: { $0.name < $1.name })
            where child.isServed && principal.permissions.right(to: path.child(child.name)) > .deny {
                let href = path.child(child.name).href(isFolder: child.node.isFolder)
                text += "<li><a href=\"\(href)\">\(XMLText.escape(child.name))</a>\n"
            }
            return text + "</ul>\n"
        }
        return PlainResponse.make(.ok, [.contentType: "text/html; charset=utf-8"], page)
    }
}
