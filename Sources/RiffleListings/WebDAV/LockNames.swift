/// Names by which a lock reaches the listings that show locks, and no others (RFC 4918 §6): a lock changes nothing but
/// `lockdiscovery`, of its resource and, when it is deep, of everything below.
///
/// A listing that was asked for that property bears two kinds of names (``ListingShape/names``): one of its own folder, for
/// locks of direct members, and one for each folder from its own to the root, for locks of those.
enum LockNames {
    private static let member = UInt8(ascii: "l")
    private static let deep = UInt8(ascii: "L")
    /// Names one listing may bear; deeper folders are not stored in forms that show locks.
    private static let limit = 200

    /// Whether a form asks for locks: by name, or with all properties.
    static func areShown(in form: [UInt8]) -> Bool {
        let body = form.dropFirst(FormTag.count)
        guard body.count > 3 else { return false }
        let mode = body[body.startIndex + 3]
        if mode == PropfindBody.allprop || mode == PropfindBody.include { return true }
        return body.withUnsafeBytes { ASCII.find("dav:lockdiscovery", in: $0) != nil }
    }

    /// The names of a listing at a canonical path; nil when it lies too deep.
    static func names(of path: [UInt8]) -> [[UInt8]]? {
        var names = [[member] + path]
        for end in stride(from: path.count, to: 0, by: -1) where path[end - 1] == FolderPath.slash {
            names.append([deep] + path[..<end])
            guard names.count <= limit else { return nil }
        }
        return names
    }

    /// What a lock, or its end, changes.
    static func effects(of resource: [UInt8]) -> [FolderEffect] {
        let holder = FolderPath.parent(of: resource).map { [FolderEffect.subtree([member] + $0)] } ?? []
        return [.subtree([deep] + resource)] + holder
    }
}
