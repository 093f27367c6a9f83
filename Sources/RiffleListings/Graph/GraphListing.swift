/// Confirms the children of a Graph folder: one object, read to its end, with one `value` array of objects; or an item with
/// its children expanded.
struct GraphListing {
    /// Links to contents live about an hour; what carries them is kept for a quarter of it.
    static let shortLinkLife: Int64 = 900_000
    /// Bytes of one child, or of what stands beside the children.
    private static let memberLimit = 256 << 10

    private enum Place {
        case before
        /// Between two members of the whole.
        case members(JSONReader.Mark)
        case children(JSONReader.Mark)
        case behind(JSONReader.Mark)
    }

    private let path: [UInt8]
    private let address: GraphAddress?
    private let isExpanded: Bool
    private let learnsItems: Bool
    private var place = Place.before
    private var shape = ListingShape()
    private var parent: GraphItem.Reference?
    /// The folder itself, where its children are expanded.
    private var own = GraphItem()
    private var lists = 0
    private var hasError = false
    private var overflows = false

    init(path: [UInt8], form: [UInt8], learnsItems: Bool = false) {
        self.learnsItems = learnsItems
        self.path = path
        address = GraphAddress(path)
        isExpanded = form.count > GraphForm.kindIndex && form[GraphForm.kindIndex] == GraphForm.expanded
    }

    var next: NextLink? { shape.next }

    /// Reads on in `window`, which begins at `offset` of the body. A child is read when all of it is there.
    mutating func read(_ window: UnsafeRawBufferPointer, at offset: Int, isLast: Bool) -> ListingProgress {
        var consumed = 0
        do throws(JSONReader.Failure) {
            var reader: JSONReader
            switch place {
            case .before:
                guard isLast || window.count >= 3 else { return .more(consumed: 0) }
                reader = JSONReader(window)
                try reader.enterObject()
                place = .members(reader.mark)
                consumed = reader.mark.position
            case .members(let mark), .children(let mark), .behind(let mark):
                reader = JSONReader(window, resuming: mark)
            }
            while true {
                switch place {
                case .before, .behind:
                    try reader.expectEnd()
                    return isLast ? .decided(verdict()) : .more(consumed: window.count)
                case .children:
                    while try reader.nextElement() {
                        try readChild(&reader)
                        consumed = reader.mark.position
                        place = .children(reader.mark)
                    }
                    place = .members(reader.mark)
                case .members:
                    guard let key = try reader.nextKey() else {
                        place = .behind(reader.mark)
                        break
                    }
                    if reader.isText(key, isExpanded ? "children" : "value") {
                        try reader.enterArray()
                        lists += 1
                        place = .children(reader.mark)
                    } else {
                        try readMember(key, &reader, at: offset, isLast: isLast)
                        place = .members(reader.mark)
                    }
                }
                consumed = reader.mark.position
            }
        } catch {
            if error == .incomplete, !isLast, window.count - consumed <= Self.memberLimit {
                return .more(consumed: consumed)
            }
            return .decided(.refused(error == .incomplete ? .incomplete : .malformed))
        }
    }

    private func verdict() -> Confirmation {
        guard lists == 1, !hasError else { return .refused(.malformed) }
        // The rest of an expanded list is known to lead in circles.
        guard !overflows else { return .refused(.incomplete) }
        var shape = shape
        shape.names = names()
        return .listing(shape)
    }

    private mutating func readMember(
        _ key: JSONText, _ reader: inout JSONReader, at offset: Int, isLast: Bool
    ) throws(JSONReader.Failure) {
        var link: JSONText?
        var row = GraphRow()
        let isLink = reader.isText(key, "@odata.nextLink") && !isExpanded
        if isLink {
            link = try reader.textOrSkip()
        } else if isExpanded {
            try row.take(key, &reader)
        } else {
            try reader.skipValue()
        }
        // A number that reaches to the end of the window may go on in the next one.
        guard isLast || !reader.isAtEnd else { throw .incomplete }
        if isLink {
            guard shape.next == nil else { throw .malformed }
            guard let link, let value = reader.decoded(link) else { return }
            shape.next = try NextLink(link, value: value, at: offset)
        } else if reader.isText(key, "children@odata.nextLink"), isExpanded {
            overflows = true
        } else if reader.isText(key, "error") {
            hasError = true
        } else if isExpanded {
            let item = GraphItem(row, in: reader)
            own.id = item.id ?? own.id
            own.name = item.name ?? own.name
            own.parent = item.parent ?? own.parent
        }
    }

    private mutating func readChild(_ reader: inout JSONReader) throws(JSONReader.Failure) {
        let child = try GraphRow.read(&reader)
        shape.childCount += 1
        if child.hasShortLinks { shape.lifeCap = Self.shortLinkLife }
        if parent?.id == nil, let reference = child.parent {
            parent = GraphItem.Reference(reference, in: reader)
        }
        if child.isFolder || child.remote != nil { addFolder(child, reader) }
        if learnsItems, let folder = parent?.id ?? address?.itemID, let id = child.id.flatMap({ reader.decoded($0) }) {
            shape.items.append(
                ListedItem(
                    id: id, parent: folder, name: child.name.flatMap { reader.decoded($0) }, isFolder: child.isFolder))
        }
    }

    private mutating func addFolder(_ child: GraphRow, _ reader: JSONReader) {
        guard shape.hasRoom else { return }
        var folder: [UInt8]
        if let remote = child.remote.map({ GraphItem.Reference($0, in: reader) }) {
            guard let drive = remote.drive, let id = remote.id else { return }
            folder = Array("/drives/".utf8)
            guard FolderPath.appendSegment(drive, to: &folder) else { return }
            folder += Array("/items/".utf8)
            guard FolderPath.appendSegment(id, to: &folder) else { return }
        } else if address?.hasNames == true {
            // Whoever walks by names goes on by names.
            guard let name = child.name.flatMap({ reader.decoded($0) }) else { return }
            folder = path
            guard FolderPath.appendSegment(name, to: &folder) else { return }
        } else {
            guard let id = child.id.flatMap({ reader.decoded($0) }), let drive = address?.drive else { return }
            folder = drive + Array("items/".utf8)
            guard FolderPath.appendSegment(id, to: &folder) else { return }
        }
        guard folder.count < FormBuffer.capacity else { return }
        shape.addChildFolder(folder + [FolderPath.slash])
    }

    /// What the answer tells of the listed folder.
    private func names() -> [[UInt8]] {
        // A shortcut's children know it by another id than the request does: both are its names.
        let names = GraphNames.names(
            items: [parent?.id, own.id, address?.itemID].compactMap { $0 },
            drive: parent?.drive ?? own.parent?.drive, place: parent?.place ?? own.place)
        return GraphAddress.siteAPI(in: path) == nil ? names : names + [SharePointNames.drives]
    }
}

/// A canonical folder path of Graph, read back.
struct GraphAddress {
    /// Up to and including the slash behind the drive.
    let drive: [UInt8]
    /// The id that the path gives, unless names follow.
    let itemID: [UInt8]?
    /// Whether the folder is given by names below something.
    let hasNames: Bool

    init?(_ path: [UInt8]) {
        var raw = Array("/v1.0".utf8) + path
        // The prefix of a site's `_api` has its version inside; what stands in front of it names the drive all the same.
        var start = 0
        if let api = Self.siteAPI(in: path) {
            start = api + 5
            raw = Array("/v1.0".utf8) + path[start...]
        }
        var scratch = GraphScratch()
        guard let parsed = raw.withUnsafeBytes({ GraphPath.parse($0, &scratch) }), parsed.item != .none else {
            return nil
        }
        var end = start
        for _ in 1..<parsed.driveEnd {
            end = path[(end + 1)...].firstIndex(of: FolderPath.slash) ?? path.count - 1
        }
        drive = Array(path[...end])
        hasNames = !parsed.suffix.isEmpty
        if case .id(let index) = parsed.item, !hasNames { itemID = Array(scratch[index]) } else { itemID = nil }
    }

    /// Where a site's `/_api/` stands in a canonical path. A folder may be called so too, but then the path is Graph's.
    static func siteAPI(in path: [UInt8]) -> Int? {
        let text = Array("/_api/".utf8)
        guard path.count >= text.count,
            let found = (0...path.count - text.count).first(where: { path[$0..<$0 + text.count].elementsEqual(text) })
        else { return nil }
        var scratch = GraphScratch()
        let parsed = (Array("/v1.0".utf8) + path).withUnsafeBytes { GraphPath.parse($0, &scratch) }
        return parsed.map { $0.item == .none } ?? true ? found : nil
    }
}
