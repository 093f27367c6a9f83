import Glibc
import HTTPTypes

/// The served directory: turns places into canonical file names that lie inside it, and reads folders.
///
/// Every name is resolved by the system (links and all) and then compared with the root. Between that and its use a
/// link could be swapped by someone who writes to the directory from outside; over HTTP nobody can make links.
/// All calls block and belong on the thread pool.
struct FileTree: Sendable {
    /// Canonical, without a trailing slash (empty for the file system's root).
    let root: String
    /// A folder with more entries is refused rather than held in memory.
    static let mostChildren = 1_000_000

    init(root: String) throws(SlowOriginError) {
        guard let canonical = Self.canonical(root) else {
            throw .cannotStart("the root directory '\(root)' cannot be opened: \(Self.reason(errno))")
        }
        var info = stat()
        guard stat(canonical, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw .cannotStart("the root '\(root)' is not a directory")
        }
        self.root = canonical == "/" ? "" : canonical
    }

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    private static func canonical(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(validatingCString: resolved)
    }

    private func isInside(_ canonical: String) -> Bool {
        canonical == root || canonical.utf8.starts(with: (root + "/").utf8) || root.isEmpty
    }

    /// The canonical name of something that exists inside the tree; nil if nothing does.
    func locate(_ path: ResourcePath) throws(Refusal) -> String? {
        let name = root + path.key
        guard let canonical = Self.canonical(name) else {
            switch errno {
            case ENOENT, ENOTDIR: return nil
            case ENAMETOOLONG: throw Refusal(.uriTooLong, "the path is too long")
            default: throw Refusal(.forbidden, "the path cannot be resolved")
            }
        }
        guard isInside(canonical) else { throw Refusal(.forbidden, "the path leads outside the tree") }
        return canonical
    }

    /// What is there, if anything is.
    func node(_ path: ResourcePath) throws(Refusal) -> Node? {
        guard let name = try locate(path) else { return nil }
        var info = stat()
        guard lstat(name, &info) == 0 else { return nil }
        return Node(info)
    }

    /// What is there, or 404.
    func existing(_ path: ResourcePath) throws(Refusal) -> Node {
        guard let node = try node(path), node.kind != .other else { throw Refusal(.notFound, "there is nothing here") }
        if path.isSlashed, !node.isFolder { throw Refusal(.notFound, "there is no folder here") }
        return node
    }

    /// The file name for something to be made, replaced or removed: the parent resolved, the last name as it is, so
    /// that a link is replaced and never followed.
    func slot(_ path: ResourcePath) throws(Refusal) -> String {
        guard !path.isRoot else { throw Refusal(.forbidden, "the root itself cannot be changed") }
        guard let parent = try locate(path.parent) else { throw Refusal(.conflict, "the parent folder does not exist") }
        var info = stat()
        guard lstat(parent, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw Refusal(.conflict, "the parent is not a folder")
        }
        return parent + "/" + path.name
    }

    /// The entries of a folder in no particular order, without names that are not UTF-8 (no URL of ours could name
    /// them) and without uploads in progress.
    func children(of path: ResourcePath) throws(Refusal) -> [Child] {
        guard let folder = try locate(path), let stream = opendir(folder) else {
            throw errno == EACCES ? Refusal(.forbidden, "the folder is not readable") : Refusal(.notFound, "no folder")
        }
        defer { closedir(stream) }
        let descriptor = dirfd(stream)
        var children: [Child] = []
        while let entry = readdir(stream) {
            guard let name = Self.name(of: entry), name != ".", name != "..",
                !name.hasPrefix(ResourcePath.uploadPrefix)
            else { continue }
            guard children.count < Self.mostChildren else {
                throw Refusal(.insufficientStorage, "the folder has too many entries")
            }
            var info = stat()
            guard fstatat(descriptor, name, &info, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            var isServed = true
            if info.st_mode & S_IFMT == S_IFLNK {
                isServed = false
                if let target = Self.canonical(folder + "/" + name), isInside(target) {
                    var followed = stat()
                    if lstat(target, &followed) == 0 {
                        info = followed
                        isServed = true
                    }
                }
            }
            let node = Node(info)
            children.append(Child(name: name, node: node, isServed: isServed && node.kind != .other))
        }
        return children
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String? {
        // The name begins inside the record and may run past the declared array, so it is read through the record.
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
        let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
        return String(validatingCString: start)
    }
}
