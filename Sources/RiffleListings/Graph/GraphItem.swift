/// What riffle reads of a driveItem: who it is and where it lies.
struct GraphItem: Equatable, Sendable {
    struct Reference: Equatable, Sendable {
        var drive: [UInt8]?
        var id: [UInt8]?
        var path: [UInt8]?

        /// Where the parent lies, when the reference tells.
        var place: GraphPlace? {
            guard let drive, let path else { return nil }
            return GraphPlace(drive: drive, referencePath: path)
        }
    }

    var id: [UInt8]?
    var name: [UInt8]?
    /// A folder, or a package such as a notebook.
    var isFolder = false
    var parent: Reference?
    /// A shortcut to a folder of another drive.
    var remote: Reference?
    /// Carries links that expire.
    var hasShortLinks = false

    /// Where the item lies, when it tells. The root lies at no names: its parent has no path.
    var place: GraphPlace? {
        if let parent, let place = parent.place, let name { return place.child(name) }
        return nil
    }

    /// Reads one item; unknown members are passed over.
    static func read(_ reader: inout JSONReader) throws(JSONReader.Failure) -> GraphItem {
        var item = GraphItem()
        try reader.readObject { (reader, name) throws(JSONReader.Failure) in try item.member(&reader, name) }
        return item
    }

    /// Takes in one member; consumes its value.
    mutating func member(_ reader: inout JSONReader, _ member: Range<Int>) throws(JSONReader.Failure) {
        switch member.count {
        case 2 where reader.isName(member, "id"): id = try reader.readStringOrSkip()
        case 4 where reader.isName(member, "name"): name = try reader.readStringOrSkip()
        case 6 where reader.isName(member, "folder"), 7 where reader.isName(member, "package"):
            if try reader.peek() == UInt8(ascii: "{") { isFolder = true }
            try reader.skipValue()
        case 15 where reader.isName(member, "parentReference"):
            if try reader.peek() == UInt8(ascii: "{") {
                parent = try Self.readReference(&reader)
            } else {
                try reader.skipValue()
            }
        case 10 where reader.isName(member, "remoteItem"):
            if try reader.peek() == UInt8(ascii: "{") { try readRemote(&reader) } else { try reader.skipValue() }
        case 10 where reader.isName(member, "thumbnails"):
            hasShortLinks = true
            try reader.skipValue()
        case 28 where reader.isName(member, "@microsoft.graph.downloadUrl"),
            20 where reader.isName(member, "@content.downloadUrl"):
            hasShortLinks = true
            try reader.skipValue()
        default: try reader.skipValue()
        }
    }

    private mutating func readRemote(_ reader: inout JSONReader) throws(JSONReader.Failure) {
        var remote = GraphItem()
        try reader.readObject { (reader, name) throws(JSONReader.Failure) in try remote.member(&reader, name) }
        guard remote.isFolder, let id = remote.id, let drive = remote.parent?.drive else { return }
        self.remote = Reference(drive: drive, id: id)
    }

    static func readReference(_ reader: inout JSONReader) throws(JSONReader.Failure) -> Reference {
        var reference = Reference()
        try reader.readObject { (reader, name) throws(JSONReader.Failure) in
            if reader.isName(name, "driveId") {
                reference.drive = try reader.readStringOrSkip()
            } else if reader.isName(name, "id") {
                reference.id = try reader.readStringOrSkip()
            } else if reader.isName(name, "path") {
                reference.path = try reader.readStringOrSkip()
            } else {
                try reader.skipValue()
            }
        }
        return reference
    }

    /// The item that is a whole document; nil when it is none.
    static func parse(_ document: [UInt8]) -> GraphItem? {
        document.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            guard let item = try? read(&reader), (try? reader.expectEnd()) != nil, item.id != nil else { return nil }
            return item
        }
    }
}
