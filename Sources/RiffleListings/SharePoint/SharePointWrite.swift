import RiffleHTTP

/// What a write to SharePoint's REST service may change: what its path and operation say, and where they say too little, the
/// site or all of it.
struct SharePointWrite {
    private let path: SharePointPath
    private let method: GraphMethod
    private let query: UnsafeRawBufferPointer
    // In-flight fills bear the first of Graph's, listings of `_api/v2.0` the second.
    private var effects: [FolderEffect] = [
        .subtree(GraphNames.someItem), .subtree(SharePointNames.drives), .subtree(SharePointNames.lists),
    ]

    /// Nil for a request that is none of this service's.
    static func effects(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer, body: [UInt8]?) -> WriteEffects? {
        guard let (path, query) = path(head, bytes) else { return nil }
        var write = SharePointWrite(path: path, method: GraphMethod(head, bytes), query: query)
        guard !isHarmless(path) else { return WriteEffects([]) }
        write.read(body)
        return WriteEffects(write.effects, mayBePartial: true)
    }

    /// Whether the body says which folder is made.
    static func readsBody(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let (path, _) = path(head, bytes), case .folder = path.place else { return false }
        return path.rest.count == 1 && path.rest.first.map { $0.isNamed("folders") && $0.arguments == nil } == true
    }

    private static func path(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer
    ) -> (SharePointPath, query: UnsafeRawBufferPointer)? {
        let query =
            head.hasQuery
            ? UnsafeRawBufferPointer(rebasing: bytes[head.query.range]) : UnsafeRawBufferPointer(start: nil, count: 0)
        return SharePointPath.parse(UnsafeRawBufferPointer(rebasing: bytes[head.path.range]), query: query)
            .map { ($0, query) }
    }

    private init(path: SharePointPath, method: GraphMethod, query: UnsafeRawBufferPointer) {
        self.path = path
        self.method = method
        self.query = query
    }

    /// Reads that are POSTs, and the digest that clients fetch in front of writes.
    private static func isHarmless(_ path: SharePointPath) -> Bool {
        guard let last = path.rest.last else { return false }
        switch path.place {
        case .beside: return path.rest.count == 1 && last.isNamed("contextinfo")
        case .unknown:
            return ["renderlistdataasstream", "getitems", "getlistitemchangessincetoken", "getchanges"].contains {
                (name: StaticString) in last.isNamed(name)
            }
        case .folder, .file, .web: return false
        }
    }

    private mutating func read(_ body: [UInt8]?) {
        switch path.place {
        case .beside: all()
        case .web, .unknown: tree(path.site)
        case .folder(let names): readFolder(names, body)
        case .file(let names):
            touch(names.dropLast())
            readTarget(["newurl", "strnewurl", "decodedurl"])
        }
    }

    private mutating func readFolder(_ names: [[UInt8]], _ body: [UInt8]?) {
        guard let first = path.rest.first else { return end(names) }
        let adds = ["addsubfolder", "addsubfolderusingpath"].contains { (name: StaticString) in first.isNamed(name) }
        if adds { return touch(names) }
        let isFolders = first.isNamed("folders")
        if isFolders || first.isNamed("files") {
            touch(names)
            guard let add = path.rest.dropFirst().first else { return isFolders ? readMade(body) : () }
            // What is added may lie deeper than the folder that it is added to.
            guard let text = add.text(["url", "decodedurl", "strurl"], query: query),
                let place = SharePointPath.names(text, in: names, isURL: false), !place.isEmpty
            else { return all() }
            return touch(place.dropLast())
        }
        let copies = ["copyto", "copytousingpath"].contains { (name: StaticString) in first.isNamed(name) }
        if !copies { end(names) }
        readTarget(["newurl", "strnewurl", "decodedurl"])
    }

    /// The body names the folder to make from the site, whatever folder the path names.
    private mutating func readMade(_ body: [UInt8]?) {
        guard let made = body.flatMap(Self.made), let place = SharePointPath.names(made, in: path.site, isURL: false),
            !place.isEmpty
        else { return tree(path.site) }
        touch(place.dropLast())
    }

    /// Where a move or a copy goes.
    private mutating func readTarget(_ arguments: [StaticString]) {
        guard let call = path.rest.first,
            ["moveto", "copyto", "movetousingpath", "copytousingpath"].contains(where: { (name: StaticString) in
                call.isNamed(name)
            })
        else { return }
        guard let text = call.text(arguments, query: query),
            let target = SharePointPath.names(text, in: path.site, isURL: false), !target.isEmpty
        else { return all() }
        end(target)
        // An encoded target may be read either way.
        guard text.contains(UInt8(ascii: "%")), let decoded = text.withUnsafeBytes({ SharePointCall.decoded($0) })
        else { return }
        guard let target = SharePointPath.names(decoded, in: path.site, isURL: false), !target.isEmpty else {
            return all()
        }
        end(target)
    }

    /// `ServerRelativeUrl` of a body.
    private static func made(_ body: [UInt8]) -> [UInt8]? {
        body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            return try? made(&reader)
        }
    }

    private static func made(_ reader: inout JSONReader) throws(JSONReader.Failure) -> [UInt8]? {
        var found: [UInt8]?
        try reader.enterObject()
        while let key = try reader.nextKey() {
            guard reader.isText(key, "ServerRelativeUrl") else {
                try reader.skipValue()
                continue
            }
            guard found == nil else { throw .malformed }
            found = try reader.textOrSkip().flatMap { reader.decoded($0) }
        }
        try reader.expectEnd()
        return found
    }

    // MARK: What is reached

    /// A child of this folder came, went or changed: its listings, and its row one level up.
    private mutating func touch(_ folder: some Collection<[UInt8]>) {
        let place = SharePointNames.place(Array(folder))
        add(GraphNames.place(place))
        if let above = place.parent { add(GraphNames.place(above)) }
    }

    /// The item at this place came or went with all that it holds.
    private mutating func end(_ names: [[UInt8]]) {
        tree(names)
        touch(names.dropLast())
    }

    private mutating func tree(_ names: [[UInt8]]) { add(GraphNames.tree(SharePointNames.place(names))) }

    private mutating func all() { add(SharePointNames.every) }

    private mutating func add(_ name: [UInt8]) {
        if !effects.contains(.subtree(name)) { effects.append(.subtree(name)) }
    }
}
