import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Speaks SharePoint's REST service over the same tree as Graph: folders, files and lists of a site, read and written.
struct SiteService: Sendable {
    let graph: GraphService
    let items: SiteItems
    let path: SiteRequestPath
    var format: SiteFormat { items.format }

    init(_ graph: GraphService, _ request: Request, _ path: SiteRequestPath) throws {
        self.graph = graph
        self.path = path
        items = SiteItems(
            items: graph.items, principal: try graph.authenticator.principal(request.headers[.authorization]),
            base: "http://\(request.head.authority ?? "localhost")", site: path.site,
            format: SiteFormat(request.headers[.accept]))
    }

    func respond(to request: Request) async -> Response {
        do {
            return try await answer(request)
        } catch let error as GraphError {
            return format.error(error)
        } catch {
            return format.error(
                (error as? Refusal).map { GraphError($0) } ?? GraphError(500, "generalException", "failed"))
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        let override = HTTPField.Name("X-HTTP-Method").flatMap { request.headers[$0] }
        let method = (override ?? request.method.rawValue).uppercased()
        guard path.calls.first?.name == "web" else {
            guard path.calls.first?.name == "contextinfo", method == "POST" else { throw GraphService.unknown }
            return digest()
        }
        guard !graph.isReadOnly || method == "GET" else { throw GraphError(403, "accessDenied", "This is read-only.") }
        var rest = path.calls.dropFirst()
        var place = SitePlace.web
        while let call = rest.first {
            guard let (next, count) = try step(from: place, call, rest.dropFirst().first) else { break }
            place = next
            rest = rest.dropFirst(count)
        }
        let calls = Array(rest)
        switch (method, place) {
        case ("GET", .web) where calls.first?.name == "lists": return try await list(calls)
        case ("GET", .folder(let folder)): return try await read(folder, calls)
        case ("GET", .file(let file)): return try await read(file, calls, request)
        case (_, .folder(let folder)): return try await change(folder, calls, method, request, isFile: false)
        case (_, .file(let file)): return try await change(file, calls, method, request, isFile: true)
        default: throw GraphService.unknown
        }
    }

    private enum SitePlace {
        case web
        case folder(ResourcePath)
        case file(ResourcePath)
    }

    private func step(
        from place: SitePlace, _ call: SiteRequestPath.Call, _ next: SiteRequestPath.Call?
    ) throws -> (SitePlace, count: Int)? {
        let folder: ResourcePath
        switch place {
        case .file: return nil
        case .web:
            switch call.name {
            case "getfolderbyserverrelativeurl", "getfolderbyserverrelativepath":
                return (.folder(try resolve(call.argument("serverrelativeurl", "decodedurl"))), 1)
            case "getfilebyserverrelativeurl", "getfilebyserverrelativepath":
                return (.file(try resolve(call.argument("serverrelativeurl", "decodedurl"))), 1)
            case "getfolderbyid": return (.folder(try items.items.place(.id(call.argument("uniqueid") ?? ""))), 1)
            case "getfilebyid": return (.file(try items.items.place(.id(call.argument("uniqueid") ?? ""))), 1)
            case "rootfolder": return (.folder(try resolve("")), 1)
            case "folders": folder = try resolve("")
            default: return nil
            }
        case .folder(let path): folder = path
        }
        let isFile = call.name == "files"
        guard isFile || call.name == "folders" else { return nil }
        if let name = call.argument("url") {
            let path = try resolve(name, in: folder)
            return (isFile ? .file(path) : .folder(path), 1)
        }
        guard let next, ["getbyurl", "getbypath"].contains(next.name) else {
            if case .web = place { return (.folder(folder), 0) }
            return nil
        }
        let path = try resolve(next.argument("url", "decodedurl"), in: folder)
        return (isFile ? .file(path) : .folder(path), 2)
    }

    /// From the server's root, or else from a folder; the site's own when none is given.
    func resolve(_ text: String?, in folder: ResourcePath? = nil) throws -> ResourcePath {
        guard let text else { throw GraphError(400, "invalidRequest", "An argument is missing.") }
        let names = text.split(separator: "/").map(String.init)
        let start = text.hasPrefix("/") ? [] : folder?.segments ?? path.site
        return try items.items.place(.path(start + names))
    }

    private func digest() -> Response {
        let values: KeyValuePairs<String, GraphJSON> = [
            "FormDigestTimeoutSeconds": .number(1_800), "FormDigestValue": .string("0x0,slow-origin"),
            "WebFullUrl": .string(items.base + path.site.map { "/" + $0 }.joined()),
        ]
        let json = GraphJSON.object(values)
        return format.response(format.one(format == .verbose ? .object(["GetContextWebInformation": json]) : json))
    }

    // MARK: Reading

    private func read(_ folder: ResourcePath, _ calls: [SiteRequestPath.Call]) async throws -> Response {
        let items = items
        try items.principal.requireRead(folder)
        let shown = (path.option("expand") ?? "").lowercased().split(separator: ",").map(String.init)
        let (path, format) = (path, format)
        let json = try await Blocking.run { () -> GraphJSON in
            let node = try items.items.node(folder)
            guard node.isFolder else { throw GraphError.notFound }
            guard let call = calls.first else {
                var members: [GraphJSON.Member] = []
                for name in ["Files", "Folders"] where shown.contains(name.lowercased()) {
                    let rows = try items.members(of: folder, folders: name == "Folders")
                    members.append(.init(name: name, value: format.member(rows)))
                }
                return format.one(try items.json(folder, node, shown: members))
            }
            guard calls.count == 1, call.name == "files" || call.name == "folders" else { throw GraphService.unknown }
            var rows = try items.members(of: folder, folders: call.name == "folders")
            if let skip = path.option("skip").flatMap({ Int($0) }), skip >= 0 { rows = Array(rows.dropFirst(skip)) }
            if let top = path.option("top").flatMap({ Int($0) }), top >= 0 { rows = Array(rows.prefix(top)) }
            return format.list(rows, next: nil, context: items.base + "/_api/$metadata#SP.ApiData.\(call.name)")
        }
        return format.response(json)
    }

    private func read(_ file: ResourcePath, _ calls: [SiteRequestPath.Call], _ request: Request) async throws
        -> Response
    {
        let items = items
        try items.principal.requireRead(file)
        if calls.first?.name == "$value" { return try await FileResponse.make(request, file, items.items.tree) }
        guard calls.isEmpty else { throw GraphService.unknown }
        let format = format
        let json = try await Blocking.run {
            let node = try items.items.node(file)
            guard !node.isFolder else { throw GraphError.notFound }
            return format.one(try items.json(file, node))
        }
        return format.response(json)
    }

    /// `lists/getbytitle('a')/items`: what lies in the site's folder of that name, in pages.
    private func list(_ calls: [SiteRequestPath.Call]) async throws -> Response {
        guard calls.count == 3, calls[1].name == "getbytitle", calls[2].name == "items" else {
            throw GraphService.unknown
        }
        let items = items
        let folder = try resolve(calls[1].argument("title"))
        try items.principal.requireRead(folder)
        let size = max(1, path.option("top").flatMap { Int($0) } ?? 100)
        let start = path.option("skiptoken").flatMap { Int($0.drop { !$0.isNumber }) } ?? 0
        let (path, format) = (path, format)
        let json = try await Blocking.run { () -> GraphJSON in
            var rows: [GraphJSON] = []
            try Self.gather(folder, items, into: &rows)
            var next: String?
            if start + size < rows.count {
                let kept = path.query.split(separator: "&").filter { !$0.hasPrefix("$skiptoken=") }
                let query = (kept + ["$skiptoken=Paged%3dTRUE%26p_ID%3d\(start + size)"]).joined(separator: "&")
                next = "\(items.base)\(path.path)?\(query)"
            }
            return format.list(
                Array(rows.dropFirst(start).prefix(size)), next: next,
                context: items.base + "/_api/$metadata#SP.ListData.Items")
        }
        return format.response(json)
    }

    private static func gather(_ folder: ResourcePath, _ items: SiteItems, into rows: inout [GraphJSON])
        throws(GraphError)
    {
        for child in try items.items.children(folder, items.principal).sorted(by: { $0.name < $1.name }) {
            let path = folder.child(child.name)
            rows.append(
                .object([
                    "Title": .string(child.name), "FileRef": .string(SiteItems.url(path)),
                    "FileSystemObjectType": .number(child.node.isFolder ? 1 : 0),
                ]))
            if child.node.isFolder { try gather(path, items, into: &rows) }
        }
    }
}
