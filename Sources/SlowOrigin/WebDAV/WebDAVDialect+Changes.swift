import Glibc
import HTTPTypes
import Hummingbird
import Synchronization

/// PUT, MKCOL, DELETE, COPY and MOVE.
extension WebDAVDialect {
    func put(_ request: Request, _ path: ResourcePath, _ principal: Principal) async throws -> Response {
        try principal.requireWrite(path)
        guard request.headers[.contentRange] == nil else { throw Refusal(.badRequest, "partial PUT is not accepted") }
        let tree = tree
        let (slot, before) = try await Blocking.run { (try tree.slot(path), try? tree.node(path)) }
        guard !path.isSlashed, before?.isFolder != true else { throw Refusal(.methodNotAllowed, "a folder is here") }
        try await admit(request, path, principal, deeply: false, membership: before == nil)
        try await Upload.receive(request.body, into: slot)
        let after = try await Blocking.run { try tree.node(path) }
        var headers = HTTPFields()
        if let after { headers[.eTag] = after.etag }
        return before == nil ? PlainResponse.make(.created, headers) : PlainResponse.noContent(headers)
    }

    func makeFolder(_ request: Request, _ path: ResourcePath, _ principal: Principal) async throws -> Response {
        guard !path.isRoot else { throw Refusal(.methodNotAllowed, "something is here already") }
        try principal.requireWrite(path)
        guard try await DAVBody.collect(request).isEmpty else {
            throw Refusal(.unsupportedMediaType, "MKCOL takes no body")
        }
        try await admit(request, path, principal, deeply: false, membership: true)
        let tree = tree
        try await Blocking.run {
            let slot = try tree.slot(path)
            guard mkdir(slot, 0o755) == 0 else { throw Upload.refusal() }
        }
        return PlainResponse.make(.created)
    }

    func delete(_ request: Request, _ path: ResourcePath, _ principal: Principal) async throws -> Response {
        try principal.requireWriteOfTree(path)
        let tree = tree
        let slot = try await Blocking.run {
            _ = try tree.existing(path)
            return try tree.slot(path)
        }
        try await admit(request, path, principal, deeply: true, membership: true)
        try await Blocking.run { try TreeChanges.remove(slot) }
        forget(path)
        return PlainResponse.noContent()
    }

    private func forget(_ path: ResourcePath) {
        properties.remove(path)
        locks.withLock { $0.removeAll(under: path) }
    }

    func transfer(
        _ request: Request, _ source: ResourcePath, _ principal: Principal, isMove: Bool
    ) async throws -> Response {
        guard let field = request.headers[.destination] else { throw Refusal(.badRequest, "there is no Destination") }
        let target = try Destination.parse(field, authority: request.head.authority)
        let overwrites = request.headers[.overwrite]?.lowercased() != "f"
        let depth = request.headers[.depth]?.lowercased() ?? "infinity"
        guard depth == "infinity" || depth == "0" && !isMove else {
            throw Refusal(.badRequest, "the Depth does not fit \(isMove ? "MOVE" : "COPY")")
        }
        let deeply = depth == "infinity"
        guard !source.contains(target), !target.contains(source) else {
            throw Refusal(.forbidden, "source and destination lie within each other")
        }
        if isMove { try principal.requireWriteOfTree(source) } else { try principal.requireReadOfTree(source) }
        try principal.requireWriteOfTree(target)

        let tree = tree
        let (from, canonical, to, before) = try await Blocking.run {
            _ = try tree.existing(source)
            let from = try tree.slot(source)
            guard let canonical = try tree.locate(source) else { throw Refusal(.notFound, "there is nothing here") }
            let to = try tree.slot(target)
            var info = stat()
            let before = lstat(to, &info) == 0
            // Links may make two different paths one place, or one the inside of the other.
            let place = try? tree.locate(target)
            guard place != canonical, from != to, !to.hasPrefix(canonical + "/"), !canonical.hasPrefix(to + "/") else {
                throw Refusal(.forbidden, "source and destination lie within each other")
            }
            return (from, canonical, to, before)
        }
        let tokens = try await admit(request, source, principal, deeply: isMove, membership: isMove, changes: isMove)
        guard overwrites || !before else { throw Refusal(.preconditionFailed, "the destination exists") }
        let table = currentLocks()
        guard !table.bars(target, deeply: true, membership: !before, tokens: tokens, principal: principal.name) else {
            throw Refusal(.locked, "the destination is locked")
        }
        try await Blocking.run {
            if before { try TreeChanges.remove(to) }
            if isMove {
                try TreeChanges.move(from, to: to)
            } else {
                try TreeChanges.copy(canonical, to: to, deeply: deeply)
            }
        }
        // A lock on the destination stays with its place (RFC 4918 §7.6): only its properties go.
        properties.remove(target)
        properties.copy(source, to: target, deeply: deeply)
        if isMove { forget(source) }
        return before ? PlainResponse.noContent() : PlainResponse.make(.created)
    }
}
