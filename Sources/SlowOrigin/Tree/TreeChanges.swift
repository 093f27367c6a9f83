import Glibc
import HTTPTypes
import NIOCore

/// Removes, copies and moves whole trees. Links are removed or copied as links' targets are served: never followed
/// when removing, and not copied when they lead anywhere else.
enum TreeChanges {
    /// Guards the recursion; deeper trees cannot be addressed anyway.
    static let deepest = ResourcePath.deepest

    static func remove(_ name: String, depth: Int = 0) throws(Refusal) {
        guard depth <= deepest else { throw Refusal(.forbidden, "the tree is too deep") }
        var info = stat()
        guard lstat(name, &info) == 0 else { throw Upload.refusal() }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            guard unlink(name) == 0 else { throw Upload.refusal() }
            return
        }
        for child in try names(in: name) { try remove(name + "/" + child, depth: depth + 1) }
        guard rmdir(name) == 0 else { throw Upload.refusal() }
    }

    /// Copies a file, or a folder with everything in it when `deeply`. `source` is canonical.
    static func copy(_ source: String, to target: String, deeply: Bool, depth: Int = 0) throws(Refusal) {
        guard depth <= deepest else { throw Refusal(.forbidden, "the tree is too deep") }
        var info = stat()
        guard lstat(source, &info) == 0 else { throw Upload.refusal() }
        switch info.st_mode & S_IFMT {
        case S_IFDIR:
            // Names first: the target may lie where it would be found.
            let children = deeply ? try names(in: source) : []
            guard mkdir(target, 0o755) == 0 else { throw Upload.refusal() }
            for child in children {
                try copy(source + "/" + child, to: target + "/" + child, deeply: true, depth: depth + 1)
            }
        case S_IFREG:
            try copyFile(source, to: target)
        default:
            // Links and devices inside a copied folder are left out: what they lead to may lie outside the tree.
            if depth == 0 { throw Refusal(.forbidden, "only files and folders can be copied") }
        }
    }

    /// Renames, or copies and removes across file systems.
    static func move(_ source: String, to target: String) throws(Refusal) {
        if rename(source, target) == 0 { return }
        guard errno == EXDEV else { throw Upload.refusal() }
        try copy(source, to: target, deeply: true)
        try remove(source)
    }

    private static func copyFile(_ source: String, to target: String) throws(Refusal) {
        try join([source], into: target)
    }

    /// Writes the files one behind the other into a new one.
    static func join(_ sources: [String], into target: String) throws(Refusal) {
        let to = OpenFile(descriptor: open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644))
        guard to.descriptor >= 0 else { throw Upload.refusal() }
        for source in sources { try append(try OpenFile(reading: source), to: to) }
    }

    private static func append(_ from: OpenFile, to: OpenFile) throws(Refusal) {
        while true {
            let sent = sendfile(to.descriptor, from.descriptor, nil, FileReading.chunkSize)
            if sent == 0 { return }
            if sent < 0, errno != EINTR { throw Upload.refusal() }
        }
    }

    private static func names(in folder: String) throws(Refusal) -> [String] {
        guard let stream = opendir(folder) else { throw Upload.refusal() }
        defer { closedir(stream) }
        var names: [String] = []
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
        while let entry = readdir(stream) {
            let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            // A name that is not UTF-8 cannot be carried; removing such a folder fails with "not empty".
            guard let name = String(validatingCString: start), name != ".", name != ".." else { continue }
            guard names.count < FileTree.mostChildren else {
                throw Refusal(.insufficientStorage, "the folder has too many entries")
            }
            names.append(name)
        }
        return names
    }
}
