/// Confirms the children of a Graph folder: one object, read to its end, with one `value` array of objects; or an item with
/// its children expanded.
struct GraphListing {
    /// Links to contents live about an hour; what carries them is kept for a quarter of it.
    static let shortLinkLife: Int64 = 900_000

    private var reader: JSONReader
    private let path: [UInt8]
    private let address: GraphAddress?
    private let isExpanded: Bool
    private let learnsItems: Bool
    private var shape = ListingShape()
    private var parent: GraphItem.Reference?
    private var own = GraphRow()

    init(body: UnsafeRawBufferPointer, path: [UInt8], form: [UInt8], learnsItems: Bool = false) {
        self.learnsItems = learnsItems
        reader = JSONReader(body)
        self.path = path
        address = GraphAddress(path)
        isExpanded = form.count > GraphForm.kindIndex && form[GraphForm.kindIndex] == GraphForm.expanded
    }

    mutating func confirm() -> Confirmation {
        do throws(JSONReader.Failure) {
            var lists = 0
            var hasError = false
            var overflows = false
            try readMembers(&lists, &hasError, &overflows)
            try reader.expectEnd()
            guard lists == 1, !hasError else { return .refused(.malformed) }
            // The rest of an expanded list is known to lead in circles.
            guard !overflows else { return .refused(.incomplete) }
            shape.names = names()
            return .listing(shape)
        } catch {
            return .refused(error == .incomplete ? .incomplete : .malformed)
        }
    }

    private mutating func readMembers(
        _ lists: inout Int, _ hasError: inout Bool, _ overflows: inout Bool
    ) throws(JSONReader.Failure) {
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if reader.isText(key, isExpanded ? "children" : "value") {
                lists += 1
                try readChildren()
            } else if reader.isText(key, "@odata.nextLink"), !isExpanded {
                guard shape.next == nil else { throw .malformed }
                if let link = try reader.textOrSkip(), let value = reader.decoded(link) {
                    shape.next = NextLink(range: link.range, escaping: .json, value: value)
                }
            } else if reader.isText(key, "children@odata.nextLink"), isExpanded {
                overflows = true
                try reader.skipValue()
            } else if reader.isText(key, "error") {
                hasError = true
                try reader.skipValue()
            } else if isExpanded {
                try own.take(key, &reader)
            } else {
                try reader.skipValue()
            }
        }
    }

    private mutating func readChildren() throws(JSONReader.Failure) {
        try reader.enterArray()
        while try reader.nextElement() {
            let child = try GraphRow.read(&reader)
            shape.childCount += 1
            if child.hasShortLinks { shape.lifeCap = Self.shortLinkLife }
            if parent?.id == nil, let reference = child.parent {
                parent = GraphItem.Reference(reference, in: reader)
            }
            if child.isFolder || child.remote != nil { addFolder(child) }
            if learnsItems, let folder = parent?.id ?? address?.itemID,
                let id = child.id.flatMap({ reader.decoded($0) })
            {
                shape.items.append(
                    ListedItem(
                        id: id, parent: folder, name: child.name.flatMap { reader.decoded($0) },
                        isFolder: child.isFolder))
            }
        }
    }

    private mutating func addFolder(_ child: GraphRow) {
        guard shape.childFolders.count < ListingShape.childFolderLimit else { return }
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
        let own = GraphItem(self.own, in: reader)
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
