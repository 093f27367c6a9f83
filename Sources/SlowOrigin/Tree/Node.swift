import Glibc

/// What the file system says about one resource.
struct Node: Sendable, Equatable {
    enum Kind: Sendable { case folder, file, other }

    let kind: Kind
    let size: Int
    /// Seconds since 1970.
    let modified: Int
    let changed: Int
    private(set) var etag: String

    init(_ info: stat) {
        switch info.st_mode & S_IFMT {
        case S_IFDIR: kind = .folder
        case S_IFREG: kind = .file
        default: kind = .other
        }
        size = Int(info.st_size)
        modified = info.st_mtim.tv_sec
        changed = info.st_ctim.tv_sec
        // Folders without their size, which jumps with the file system's block size; the inode tells a replaced file
        // from the one before it within one clock tick.
        let stamp = UInt64(truncatingIfNeeded: info.st_mtim.tv_sec &* 1_000_000_000 &+ info.st_mtim.tv_nsec)
        let length = kind == .folder ? 0 : info.st_size
        etag =
            "\"" + String(info.st_ino, radix: 16) + "-" + String(UInt64(bitPattern: Int64(length)), radix: 16) + "-"
            + String(stamp, radix: 16) + "\""
    }

    var isFolder: Bool { kind == .folder }

    func tagged(_ etag: String) -> Node {
        var copy = self
        copy.etag = etag
        return copy
    }
}

/// One entry of a folder.
struct Child: Sendable {
    let name: String
    let node: Node
    /// Can be opened here: a folder or file inside the tree, not a broken link, one leading outside, or a device.
    let isServed: Bool
}
