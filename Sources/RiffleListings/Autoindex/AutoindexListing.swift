/// Confirms the JSON of nginx `autoindex_format json`: a bare array of `{name, type, mtime[, size]}`, read to its end.
struct AutoindexListing {
    private var reader: JSONReader
    private let path: [UInt8]
    private var name: [UInt8] = []

    init(body: UnsafeRawBufferPointer, path: [UInt8]) {
        reader = JSONReader(body)
        self.path = path
    }

    mutating func confirm() -> Confirmation {
        do throws(JSONReader.Failure) {
            var shape = ListingShape()
            try reader.enterArray()
            while try reader.nextElement() { try readMember(into: &shape) }
            try reader.expectEnd()
            return .listing(shape)
        } catch {
            return .refused(error == .incomplete ? .incomplete : .malformed)
        }
    }

    private mutating func readMember(into shape: inout ListingShape) throws(JSONReader.Failure) {
        var hasName = false
        var hasTime = false
        var isFolder: Bool?
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if reader.isText(key, "name") {
                guard !hasName else { throw .malformed }
                hasName = true
                name.removeAll(keepingCapacity: true)
                guard reader.appendDecoded(try reader.readString(), to: &name) else { throw .malformed }
            } else if reader.isText(key, "type") {
                guard isFolder == nil else { throw .malformed }
                isFolder = reader.isText(try reader.readString(), "directory")
            } else if reader.isText(key, "mtime") {
                guard !hasTime else { throw .malformed }
                hasTime = true
                _ = try reader.readString()
            } else {
                switch try reader.kind() {
                // nginx nests nothing: what does is another listing.
                case .object, .array: throw .malformed
                case .string, .number, .bool, .null: try reader.skipValue()
                }
            }
        }
        guard hasName, hasTime, let isFolder, !name.isEmpty, !name.contains(FolderPath.slash), !name.contains(0) else {
            throw .malformed
        }
        shape.childCount += 1
        if isFolder, shape.hasRoom, let child = Dialect.childFolderPath(of: path, named: name) {
            shape.addChildFolder(child)
        }
    }
}
