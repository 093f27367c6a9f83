/// Confirms the JSON of nginx `autoindex_format json`: a bare array of `{name, type, mtime[, size]}`, read to its end.
struct AutoindexListing {
    private var reader: JSONReader
    private let path: [UInt8]

    init(body: UnsafeRawBufferPointer, path: [UInt8]) {
        reader = JSONReader(body)
        self.path = path
    }

    mutating func confirm() -> Confirmation {
        do throws(JSONReader.Failure) {
            var shape = ListingShape()
            try reader.expect(UInt8(ascii: "["))
            if try !reader.accept(UInt8(ascii: "]")) {
                repeat { try readMember(into: &shape) } while try reader.accept(UInt8(ascii: ","))
                try reader.expect(UInt8(ascii: "]"))
            }
            try reader.expectEnd()
            return .listing(shape)
        } catch {
            return .refused(error == .incomplete ? .incomplete : .malformed)
        }
    }

    private mutating func readMember(into shape: inout ListingShape) throws(JSONReader.Failure) {
        var name: [UInt8]?
        var type: [UInt8]?
        var hasTime = false
        try reader.expect(UInt8(ascii: "{"))
        repeat {
            let key = try reader.readString()
            try reader.expect(UInt8(ascii: ":"))
            switch key {
            case Self.name:
                guard name == nil else { throw .malformed }
                name = try reader.readString()
            case Self.type:
                guard type == nil else { throw .malformed }
                type = try reader.readString()
            case Self.mtime:
                guard !hasTime else { throw .malformed }
                _ = try reader.readString()
                hasTime = true
            default: try reader.skipScalar()
            }
        } while try reader.accept(UInt8(ascii: ","))
        try reader.expect(UInt8(ascii: "}"))
        guard let name, let type, hasTime, !name.isEmpty, !name.contains(FolderPath.slash), !name.contains(0) else {
            throw .malformed
        }
        shape.childCount += 1
        if type == Self.directory, let child = Dialect.childFolderPath(of: path, named: name) {
            shape.addChildFolder(child)
        }
    }

    private static let name = Array("name".utf8)
    private static let type = Array("type".utf8)
    private static let mtime = Array("mtime".utf8)
    private static let directory = Array("directory".utf8)
}
