/// What riffle knows of a driveItem: who it is and where it lies.
struct GraphItem: Equatable, Sendable {
    struct Reference: Equatable, Sendable {
        var drive: [UInt8]?
        var id: [UInt8]?
        var path: [UInt8]?

        init(drive: [UInt8]? = nil, id: [UInt8]? = nil, path: [UInt8]? = nil) {
            self.drive = drive
            self.id = id
            self.path = path
        }

        init(_ row: GraphRow.Reference, in reader: JSONReader) {
            drive = row.drive.flatMap { reader.decoded($0) }
            id = row.id.flatMap { reader.decoded($0) }
            path = row.path.flatMap { reader.decoded($0) }
        }

        /// Where the parent lies, when the reference tells.
        var place: GraphPlace? {
            guard let drive, let path else { return nil }
            return GraphPlace(drive: drive, referencePath: path)
        }
    }

    var id: [UInt8]?
    var name: [UInt8]?
    var isFolder = false
    var parent: Reference?

    init() {}

    init(_ row: GraphRow, in reader: JSONReader) {
        id = row.id.flatMap { reader.decoded($0) }
        name = row.name.flatMap { reader.decoded($0) }
        isFolder = row.isFolder
        parent = row.parent.map { Reference($0, in: reader) }
    }

    /// Where the item lies, when it tells.
    var place: GraphPlace? {
        guard let name, let place = parent?.place else { return nil }
        return place.child(name)
    }

    /// The item that is a whole document; nil when it is none.
    static func parse(_ document: [UInt8]) -> GraphItem? {
        document.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            guard let row = try? GraphRow.read(&reader), (try? reader.expectEnd()) != nil, row.id != nil else {
                return nil
            }
            return GraphItem(row, in: reader)
        }
    }
}
