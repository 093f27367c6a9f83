/// Confirms the JSON of nginx `autoindex_format json`: a bare array of `{name, type, mtime[, size]}`, read to its end.
struct AutoindexListing {
    private enum Place {
        case before
        case between(JSONReader.Mark)
        case behind
    }

    private let path: [UInt8]
    private var place = Place.before
    private var shape = ListingShape()
    private var name: [UInt8] = []

    init(path: [UInt8]) {
        self.path = path
    }

    /// Reads on in `window`: what an earlier window left, and what came since. A row is read when all of it is there.
    mutating func read(_ window: UnsafeRawBufferPointer, isLast: Bool) -> ListingProgress {
        var reader: JSONReader
        var consumed = 0
        do throws(JSONReader.Failure) {
            switch place {
            case .before:
                reader = JSONReader(window)
                try reader.enterArray()
                place = .between(reader.mark)
                consumed = reader.mark.position
            case .between(let mark): reader = JSONReader(window, resuming: mark)
            case .behind: reader = JSONReader(window)
            }
            if case .between = place {
                while try reader.nextElement() {
                    try readMember(&reader)
                    place = .between(reader.mark)
                    consumed = reader.mark.position
                }
                place = .behind
            }
            try reader.expectEnd()
            return isLast ? .decided(.listing(shape)) : .more(consumed: window.count)
        } catch {
            if error == .incomplete, !isLast, window.count - consumed <= Self.rowLimit {
                return .more(consumed: consumed)
            }
            return .decided(.refused(error == .incomplete ? .incomplete : .malformed))
        }
    }

    /// Bytes of one row.
    private static let rowLimit = 64 << 10

    private mutating func readMember(_ reader: inout JSONReader) throws(JSONReader.Failure) {
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
