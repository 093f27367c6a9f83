/// The path of a request to Microsoft Graph, or to SharePoint's copy of it below `/_api/v2.0`, taken apart: which drive,
/// which item, what of the item.
///
/// Every addressing form and spelling that clients send comes out the same: key forms (`items('x')`), encoded colons and
/// slashes (`root%3A%2Fa%3A`), doubled slashes behind a colon, a missing closing colon. Names of OneDrive hold neither
/// `/` nor `:`, so decoding once and as a whole loses nothing. Segments are ranges of decoded bytes; nothing is
/// allocated once the scratch is warm.
struct GraphPath {
    /// Decoded segments, more than any drive nests.
    static let segmentLimit = 512

    enum Item: Equatable {
        /// The drive itself, or something beside items.
        case none
        case root
        /// By id: the segment that holds it.
        case id(Int)
        /// A well-known folder of a drive: the segment with its name.
        case special(Int)
        /// What a sharing link leads to.
        case shared
    }

    /// Segments in front of the drive: the version, or a site's `_api` and the version.
    private(set) var versionIndex = 0
    /// The first segment of the drive's name.
    private(set) var driveStart = 0
    /// Past the last one.
    private(set) var driveEnd = 0
    private(set) var item = Item.none
    /// Names below the item, for forms with a path.
    private(set) var names = 0..<0
    /// What is asked of the item: `children`, `content`, ...; empty for itself.
    private(set) var suffix = 0..<0

    /// Decodes and splits `raw` into `scratch`; nil when it is none of Graph's paths, or could be read in two ways.
    static func parse(_ raw: UnsafeRawBufferPointer, _ scratch: inout GraphScratch) -> GraphPath? {
        guard scratch.split(raw) else { return nil }
        var path = GraphPath()
        var at = 0
        guard path.readVersion(&at, scratch), path.readDrive(&at, &scratch) else { return nil }
        path.readItem(&at, &scratch)
        for index in path.names where scratch[index].isEmpty { return nil }
        // Doubled slashes are forgiven behind a closing colon only, where clients are known to write them.
        if !path.names.isEmpty {
            while at < scratch.count, scratch[at].isEmpty { at += 1 }
        }
        var end = scratch.count
        while end > at, scratch[end - 1].isEmpty { end -= 1 }
        for index in at..<end where scratch[index].isEmpty { return nil }
        path.suffix = at..<end
        return path
    }

    private mutating func readVersion(_ at: inout Int, _ scratch: GraphScratch) -> Bool {
        for index in 0..<min(scratch.count, 8) {
            if index == 0, scratch.matches(0, "v1.0") || scratch.matches(0, "beta") {
                versionIndex = 0
                at = 1
                driveStart = 1
                return true
            }
            guard scratch.matches(index, "_api"), index + 1 < scratch.count else { continue }
            guard scratch.matches(index + 1, "v2.0") || scratch.matches(index + 1, "v2.1") else { return false }
            versionIndex = index + 1
            at = index + 2
            driveStart = at
            return true
        }
        return false
    }

    /// `me/drive`, `users/x/drive`, `sites/x/lists/y/drive`, `drives/d`, `shares/t/driveItem`, ... A drive's id tells it
    /// wherever it is found, so what stands in front of `drives/d` is left out.
    private mutating func readDrive(_ at: inout Int, _ scratch: inout GraphScratch) -> Bool {
        scratch.expandKey(at)
        if scratch.matches(at, "me") {
            at += 1
        } else if scratch.matches(at, "users") || scratch.matches(at, "groups") || scratch.matches(at, "sites") {
            let isSite = scratch.matches(at, "sites")
            at += 1
            guard scratch.isName(at) else { return false }
            if isSite, scratch.closes(at) {
                guard scratch.joinSitePath(at) else { return false }
            }
            at += 1
            scratch.expandKey(at)
            if isSite, scratch.matches(at, "lists") {
                guard scratch.isName(at + 1) else { return false }
                at += 2
                scratch.expandKey(at)
            }
        } else if scratch.matches(at, "shares") {
            guard scratch.isName(at + 1) else { return false }
            at += 2
            driveEnd = at
            if scratch.matches(at, "driveitem") || scratch.matches(at, "root") {
                at += 1
                driveEnd = at
                item = .shared
            }
            return true
        }
        scratch.expandKey(at)
        if scratch.matches(at, "drives"), scratch.isName(at + 1) {
            driveStart = at
            at += 2
        } else if scratch.matches(at, "drive") {
            at += 1
        } else {
            return false
        }
        driveEnd = at
        return true
    }

    private mutating func readItem(_ at: inout Int, _ scratch: inout GraphScratch) {
        guard item == .none else {
            // `shares/t/driveItem:/a/b:`
            if at > 0, scratch.opensPath(at - 1) { readNames(&at, &scratch) }
            return
        }
        scratch.expandKey(at)
        if scratch.matches(at, "root") || scratch.matches(at, "root:") {
            item = .root
        } else if scratch.matches(at, "items"), scratch.isName(at + 1) {
            at += 1
            item = scratch.matches(at, "root") || scratch.matches(at, "root:") ? .root : .id(at)
        } else if scratch.matches(at, "special"), scratch.isName(at + 1) {
            at += 1
            item = .special(at)
        } else {
            return
        }
        at += 1
        if scratch.opensPath(at - 1) { readNames(&at, &scratch) }
    }

    /// The names up to the one that a colon closes, or to the end.
    private mutating func readNames(_ at: inout Int, _ scratch: inout GraphScratch) {
        scratch.dropColon(at - 1)
        let start = at
        while at < scratch.count {
            if scratch.matches(at, ":") {
                scratch.remove(at)
                names = start..<at
                return
            }
            if scratch.closes(at) {
                scratch.dropColon(at)
                at += 1
                names = start..<at
                return
            }
            at += 1
        }
        // An open end may close with a slash.
        while at > start, scratch[at - 1].isEmpty { at -= 1 }
        names = start..<at
    }
}
