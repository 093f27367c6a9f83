/// A driveItem as it stands in a body: which bytes tell who it is and where it lies. Reading one allocates nothing.
struct GraphRow {
    struct Reference {
        var drive: JSONText?
        var id: JSONText?
        var path: JSONText?
    }

    var id: JSONText?
    var name: JSONText?
    /// A folder, or a package such as a notebook.
    var isFolder = false
    var parent: Reference?
    /// A shortcut to a folder of another drive.
    var remote: Reference?
    /// Carries links that expire.
    var hasShortLinks = false

    /// Reads one item; unknown members are passed over.
    static func read(_ reader: inout JSONReader) throws(JSONReader.Failure) -> GraphRow {
        var row = GraphRow()
        try reader.enterObject()
        while let key = try reader.nextKey() { try row.take(key, &reader) }
        return row
    }

    /// Takes in the value of one member.
    mutating func take(_ key: JSONText, _ reader: inout JSONReader) throws(JSONReader.Failure) {
        switch key.range.count {
        case 2 where reader.isText(key, "id"): id = try reader.textOrSkip()
        case 4 where reader.isText(key, "name"): name = try reader.textOrSkip()
        case 6 where reader.isText(key, "folder"), 7 where reader.isText(key, "package"):
            if try reader.kind() == .object { isFolder = true }
            try reader.skipValue()
        case 15 where reader.isText(key, "parentReference"):
            guard try reader.kind() == .object else {
                try reader.skipValue()
                return
            }
            parent = try Reference.read(&reader)
        case 10 where reader.isText(key, "remoteItem"):
            guard try reader.kind() == .object else {
                try reader.skipValue()
                return
            }
            let item = try Self.read(&reader)
            if item.isFolder { remote = Reference(drive: item.parent?.drive, id: item.id) }
        case 10 where reader.isText(key, "thumbnails"), 28 where reader.isText(key, "@microsoft.graph.downloadUrl"),
            20 where reader.isText(key, "@content.downloadUrl"):
            hasShortLinks = true
            try reader.skipValue()
        default: try reader.skipValue()
        }
    }
}

extension GraphRow.Reference {
    static func read(_ reader: inout JSONReader) throws(JSONReader.Failure) -> Self {
        var reference = Self()
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if reader.isText(key, "driveId") {
                reference.drive = try reader.textOrSkip()
            } else if reader.isText(key, "id") {
                reference.id = try reader.textOrSkip()
            } else if reader.isText(key, "path") {
                reference.path = try reader.textOrSkip()
            } else {
                try reader.skipValue()
            }
        }
        return reference
    }
}

extension JSONReader {
    /// A string, or nil for any other value, which is skipped.
    mutating func textOrSkip() throws(Failure) -> JSONText? {
        guard try kind() == .string else {
            try skipValue()
            return nil
        }
        return try readString()
    }
}
