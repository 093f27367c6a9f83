/// Which stored listings may hold the answer to a request for less.
package struct WiderForm: Sendable, Equatable {
    package let path: [UInt8]
    package let form: [UInt8]

    /// The listings to cut the answer to a WebDAV request out of, nearest first: with `Depth: 0` that of the resource
    /// itself, where it is a folder, and that of the folder that holds it, asked for the same properties in the same way;
    /// with `Depth: 1` the latter alone, which serves when the resource turns out to be no folder.
    package static func all(path: [UInt8], form: [UInt8]) -> [WiderForm] {
        guard form.count > FormTag.count, form[0] == FormTag.webdav else { return [] }
        var wide = form
        wide[FormTag.depth] = FormTag.depthOne
        wide[FormTag.slash] = FormTag.withSlash
        let above = FolderPath.parent(of: path).map { [WiderForm(path: $0, form: wide)] } ?? []
        return switch form[FormTag.depth] {
        case FormTag.depthZero: [WiderForm(path: path, form: wide)] + above
        case FormTag.depthOne: above
        default: []
        }
    }

    /// Whether this form of a folder shows all members: what a row can be looked up in.
    package static func isWide(_ form: [UInt8]) -> Bool {
        form.count > FormTag.count && form[0] == FormTag.webdav && form[FormTag.depth] == FormTag.depthOne
    }

    /// Whether an answer in this form may only be cut out of a listing for what is no folder.
    package static func showsMembers(_ form: [UInt8]) -> Bool {
        form.count > FormTag.count && form[FormTag.depth] != FormTag.depthZero
    }
}
