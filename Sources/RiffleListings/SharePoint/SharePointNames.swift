/// What a folder of SharePoint's REST service is called besides its path: names that writes reach it by in whatever case and
/// through whatever operation, and by which the two services of one site, this and `_api/v2.0`, reach each other's listings.
enum SharePointNames {
    /// Every listing of this service. What is written through `_api/v2.0` names drives, which no path of this one tells.
    static let every = Array("sharepoint".utf8)
    /// Listings that show items of a whole list.
    static let lists = Array("sharepoint lists".utf8)
    /// Every listing of `_api/v2.0`.
    static let drives = Array("sharepoint drives".utf8)

    static func place(_ names: [[UInt8]]) -> GraphPlace { GraphPlace(drive: Array("_api/web".utf8), names: names) }

    /// The names of the listing of a folder.
    static func names(of folder: [[UInt8]], isList: Bool) -> [[UInt8]] {
        guard !isList else { return [every, lists] }
        let place = place(folder)
        var names = [every, GraphNames.place(place)]
        var above: GraphPlace? = place
        while let place = above {
            names.append(GraphNames.tree(place))
            above = place.parent
        }
        return names
    }

    /// The canonical path of a folder; nil when no path can name it safely.
    static func path(of folder: [[UInt8]]) -> [UInt8]? {
        var path = prefix
        for name in folder {
            guard FolderPath.appendSegment(name, to: &path) else { return nil }
            path.append(FolderPath.slash)
        }
        return path.count <= FormBuffer.capacity ? path : nil
    }

    /// The names that a canonical path is made of; nil for a path of another service.
    static func folder(of path: [UInt8]) -> [[UInt8]]? {
        guard path.starts(with: prefix) else { return nil }
        var names: [[UInt8]] = []
        for part in path.dropFirst(prefix.count).split(separator: FolderPath.slash) {
            guard let name = Array(part).withUnsafeBytes({ SharePointCall.decoded($0) }) else { return nil }
            names.append(name)
        }
        return names
    }

    private static let prefix = Array("/_api/web/".utf8)
}
