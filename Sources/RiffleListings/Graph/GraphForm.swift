import RiffleHTTP

/// Which requests list a folder of Graph: GET of an item's `children`, and of an item with `$expand=children`.
///
/// The folder is named by drive and item as the request addresses them, below a path of names where it gives one; the
/// version is part of the form. What other requests call the same folder, its answer tells (``GraphNames``).
enum GraphForm {
    /// Where the form says how the children are asked for.
    static let kindIndex = 1
    static let children = UInt8(ascii: "c")
    static let expanded = UInt8(ascii: "e")

    /// Fills `form`; the cause when the request is no listing.
    static func bypass(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, _ form: inout FormBuffer,
        _ bodies: inout BodyForms
    ) -> BypassCause? {
        guard head.method == .get, body.isEmpty else { return .notAListing }
        guard !head.has(.range) else { return .range }
        guard !head.has(.ifMatch), !head.has(.ifUnmodifiedSince), !head.has(.ifRange) else { return .conditional }
        guard let path = GraphPath.parse(UnsafeRawBufferPointer(rebasing: bytes[head.path.range]), &form.graph) else {
            return SharePointForm.bypass(head, bytes, &form, &bodies)
        }
        guard path.item != .none else { return .notAListing }
        let query =
            head.hasQuery
            ? UnsafeRawBufferPointer(rebasing: bytes[head.query.range]) : UnsafeRawBufferPointer(start: nil, count: 0)
        let kind: UInt8
        if path.suffix.count == 1, form.graph.matches(path.suffix.lowerBound, "children") {
            kind = children
        } else if path.suffix.isEmpty, ASCII.find("children", in: query) != nil {
            kind = expanded
        } else {
            return .notAListing
        }
        write(path, into: &form)
        form.appendTag(dialect: FormTag.graph, depth: kind, slash: FormTag.none, type: FormTag.none)
        let version = form.graph[path.versionIndex]
        version.withUnsafeBytes { form.appendField($0) }
        let start = form.form.count
        guard bodies.append(graphQuery: query, to: &form) else { return .notAListing }
        // The first byte of the query's form says whether it expands the children.
        guard kind == children || form.form[start + 3] == 1 else { return .notAListing }
        form.appendFields(.prefer, head, bytes)
        form.appendAccept(head, bytes)
        form.appendFields(.acceptLanguage, head, bytes)
        // Links in the answer lead to the name that the client used.
        form.appendFields(.host, head, bytes)
        return form.path.count <= FormBuffer.capacity && form.form.count <= FormBuffer.capacity ? nil : .notAListing
    }

    /// The canonical path: what stands in front of the version, the drive, then `root`, `items/{id}` or `special/{name}`,
    /// then the names.
    static func write(_ path: GraphPath, into form: inout FormBuffer) {
        form.path.append(FolderPath.slash)
        // A site in front of `_api` tells whose drive it is.
        if path.versionIndex > 0 {
            for index in 0..<path.versionIndex { form.appendPath(form.graph[index]) }
        }
        for index in path.driveStart..<path.driveEnd { form.appendPath(form.graph[index]) }
        switch path.item {
        case .none, .shared: break
        case .root: form.appendPath(rootName)
        case .id(let index):
            form.appendPath(itemsName)
            form.appendPath(form.graph[index])
        case .special(let index):
            form.appendPath(specialName)
            form.appendPath(form.graph[index])
        }
        for index in path.names { form.appendPath(form.graph[index]) }
    }

    private static let rootName = Array("root".utf8)[...]
    private static let itemsName = Array("items".utf8)[...]
    private static let specialName = Array("special".utf8)[...]
}
