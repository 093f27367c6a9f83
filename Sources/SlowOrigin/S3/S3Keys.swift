import Glibc
import HTTPTypes

/// The tree as keys: a file of a bucket is a key, a folder is none until a key with a closing slash was put.
///
/// All calls block and belong on the thread pool.
struct S3Keys: Sendable {
    let tree: FileTree

    /// The hidden file that makes a folder a key of its own, like `photos/`.
    static let marker = ResourcePath.uploadPrefix + "marker"

    /// The place of a key; for one with a closing slash, of its folder.
    static func place(_ bucket: String, _ key: String) throws(S3Error) -> ResourcePath {
        var segments = [bucket]
        if !key.isEmpty {
            let parts = (key.hasSuffix("/") ? key.dropLast() : key[...])
                .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count < ResourcePath.deepest, parts.allSatisfy(isNamable) else {
                throw S3Error(.badRequest, "InvalidArgument", "no file can have the name of this key")
            }
            segments += parts
        }
        return ResourcePath(segments: segments, isSlashed: false)
    }

    private static func isNamable(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.contains("\0") && !name.contains("\\")
            && name.utf8.count <= 255 && !name.hasPrefix(ResourcePath.uploadPrefix)
    }

    func requireBucket(_ bucket: String) throws {
        guard try tree.node(Self.place(bucket, ""))?.isFolder == true else { throw S3Error.noSuchBucket }
    }

    /// The canonical file name behind a key that exists.
    func file(_ bucket: String, _ key: String) throws -> (name: String, node: Node) {
        var place = try Self.place(bucket, key)
        if key.hasSuffix("/") { place = place.child(Self.marker) }
        guard let node = try tree.node(place), node.kind == .file, let name = try tree.locate(place) else {
            throw S3Error.noSuchKey
        }
        return (name, node)
    }

    /// Puts a finished hidden file in place of a key and makes the folders it needs.
    func put(_ hidden: String, _ bucket: String, _ key: String) throws -> Node {
        let place = try Self.place(bucket, key)
        let target = key.hasSuffix("/") ? place.child(Self.marker) : place
        // A folder may be pruned between its making and the renaming.
        for _ in 0..<8 {
            try makeFolders(target.parent)
            if rename(hidden, try tree.slot(target)) == 0 { return try file(bucket, key).node }
            guard errno == ENOENT else { break }
        }
        throw S3Error(.conflict, "OperationAborted", "a folder of the tree is in the way of this key")
    }

    private func makeFolders(_ path: ResourcePath) throws {
        var folder = ResourcePath(segments: Array(path.segments.prefix(1)), isSlashed: true)
        for name in path.segments.dropFirst() {
            folder = folder.child(name)
            if mkdir(try tree.slot(folder), 0o755) != 0, errno != EEXIST {
                throw S3Error(.conflict, "OperationAborted", "a file of the tree is in the way of this key")
            }
        }
    }

    /// Removes a key and the folders that held nothing else; a key that is not there is removed already.
    func remove(_ bucket: String, _ key: String) throws {
        guard let (name, _) = try? file(bucket, key) else { return }
        guard unlink(name) == 0 || errno == ENOENT else { throw S3Error(Upload.refusal()) }
        var folder = try Self.place(bucket, key)
        if !key.hasSuffix("/") { folder = folder.parent }
        while folder.segments.count > 1, let name = try tree.locate(folder), rmdir(name) == 0 { folder = folder.parent }
    }
}
