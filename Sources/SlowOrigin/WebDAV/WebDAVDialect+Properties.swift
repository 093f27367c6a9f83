import HTTPTypes
import Hummingbird

/// PROPFIND and PROPPATCH.
extension WebDAVDialect {
    func propfind(_ request: Request, _ path: ResourcePath, _ principal: Principal) async throws -> Response {
        try principal.requireRead(path)
        let wanted: PropfindRequest
        do {
            wanted = try PropfindRequest.parse(try await DAVBody.collect(request))
        } catch let malformed as XMLReader.Malformed {
            throw Refusal(.badRequest, "the PROPFIND body: \(malformed.reason)")
        }
        let depth = request.headers[.depth]?.lowercased() ?? "infinity"
        guard depth != "infinity" else { return DAVBody.error(.forbidden, "propfind-finite-depth") }
        guard depth == "0" || depth == "1" || depth == "1,noroot" else {
            throw Refusal(.badRequest, "the Depth is none of 0, 1, infinity")
        }
        let table = currentLocks()
        let (tree, properties, hasDeepTags) = (tree, properties, hasDeepTags)
        return try await Blocking.run {
            func tagged(_ node: Node, _ path: ResourcePath) throws(Refusal) -> Node {
                hasDeepTags ? try tree.deeplyTagged(node, path) : node
            }
            let node = try tagged(tree.existing(path), path)
            var answer = Multistatus()
            if depth != "1,noroot" {
                answer.add(
                    wanted, node, at: path, name: path.name, href: path.href(isFolder: node.isFolder),
                    dead: properties.all(path), locks: table.covering(path))
            }
            guard depth != "0", node.isFolder else { return answer.response() }
            let children = try tree.children(of: path)
                .filter { $0.isServed && principal.permissions.right(to: path.child($0.name)) > .deny }
                .sorted { $0.name < $1.name }
            let dead = properties.ofChildren(path, children.map(\.name))
            let base = path.href(isFolder: true)
            for child in children {
                var href = Array(base.utf8)
                ResourcePath.encode(child.name, to: &href)
                if child.node.isFolder { href.append(UInt8(ascii: "/")) }
                answer.add(
                    wanted, try tagged(child.node, path.child(child.name)), at: path, name: child.name,
                    href: String(decoding: href, as: UTF8.self),
                    dead: dead[child.name] ?? [:],
                    locks: table.locks.isEmpty ? [] : table.covering(path.child(child.name)))
            }
            return answer.response()
        }
    }

    /// All changes or none (RFC 4918 §9.2).
    func proppatch(_ request: Request, _ path: ResourcePath, _ principal: Principal) async throws -> Response {
        try principal.requireWrite(path)
        let tree = tree
        let node = try await Blocking.run { try tree.existing(path) }
        try await admit(request, path, principal, deeply: false, membership: false)
        let changes = try ProppatchRequest.parse(try await DAVBody.collect(request))
        var failure = changes.contains { LiveProperties.protected.contains($0.name) } ? "403 Forbidden" : nil
        var culprits = Set(changes.map(\.name).filter(LiveProperties.protected.contains))
        if failure == nil, !properties.apply(changes, to: path) {
            failure = "507 Insufficient Storage"
            culprits = Set(changes.map(\.name))
        }
        let results = changes.map { change in
            (change.name, failure.map { culprits.contains(change.name) ? $0 : "424 Failed Dependency" } ?? "200 OK")
        }
        var answer = Multistatus()
        answer.add(href: path.href(isFolder: node.isFolder), results: results)
        return answer.response()
    }
}

/// The body of a PROPPATCH: what to set and remove, in order; a nil value removes.
enum ProppatchRequest {
    static func parse(_ bytes: some Collection<UInt8>) throws(Refusal) -> [(name: XMLName, value: XMLElement?)] {
        let root: XMLElement
        do {
            root = try XMLReader.parse(bytes)
        } catch {
            throw Refusal(.badRequest, "the PROPPATCH body: \(error.reason)")
        }
        guard root.name == .dav("propertyupdate") else {
            throw Refusal(.badRequest, "the root is not DAV: propertyupdate")
        }
        var changes: [(name: XMLName, value: XMLElement?)] = []
        for step in root.children {
            guard step.name == .dav("set") || step.name == .dav("remove"), let list = step.child("prop") else {
                continue
            }
            for property in list.children {
                var text = ""
                property.serialise(to: &text)
                guard text.utf8.count <= DeadProperties.longestValue else {
                    throw Refusal(.insufficientStorage, "a property is too long")
                }
                changes.append((property.name, step.name == .dav("set") ? property : nil))
            }
        }
        return changes
    }
}
