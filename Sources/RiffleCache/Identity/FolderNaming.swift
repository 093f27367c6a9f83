/// Turns canonical folder paths of one origin into the names that leave the process.
package struct FolderNaming: Sendable {
    private let secret: Secret
    private let originBytes: [UInt8]
    /// The origin itself, for names that all its folders share.
    package let origin: Hash128

    /// - Parameter origin: scheme, host and port of the origin: two origins never share a folder.
    package init(secret: Secret, origin: String) {
        self.secret = secret
        originBytes = Array(origin.utf8) + [0]
        self.origin = secret.name(.folder, Array(origin.utf8))
    }

    package func folder(_ path: some Collection<UInt8>) -> FolderID {
        FolderID(secret.name(.folder, originBytes + path))
    }

    /// The folder of `path` and every folder above it up to the root, nearest first. O(depth) hashes.
    package func lineage(_ path: some Collection<UInt8>) -> [FolderID] {
        let path = Array(path)
        var result: [FolderID] = []
        for end in stride(from: path.count, to: 0, by: -1) where path[end - 1] == UInt8(ascii: "/") {
            result.append(folder(path[..<end]))
        }
        return result
    }

    package func entry(_ key: CacheKey) -> EntryID {
        EntryID(secret.name(.entry, originBytes + key.bytes))
    }

    /// The request fields that select one variant of a response; they may hold credentials.
    package func variant(_ selecting: some Collection<UInt8>) -> Hash128 {
        secret.name(.variant, selecting)
    }

    package func principal(_ credential: some Collection<UInt8>) -> PrincipalID {
        PrincipalID(secret.name(.principal, credential))
    }

    package func certificate(_ der: some Collection<UInt8>) -> Hash128 {
        secret.name(.certificate, der)
    }
}
