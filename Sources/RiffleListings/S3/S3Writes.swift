import RiffleHTTP
import RiffleSigning

/// Which listings a request to S3 may change. Where its reach is not certain, the wider one is taken.
///
/// A key appears in every listing whose prefix it begins with, as itself or within a common prefix: all folders above it
/// are voided, and nothing beside them.
enum S3Writes {
    /// Folders voided one by one; beyond it the bucket as a whole.
    static let effectLimit = 128

    static func effects(
        of head: RequestHead, _ bytes: UnsafeRawBufferPointer, body: [UInt8]?, rules: S3Rules
    ) -> WriteEffects {
        var query = QueryPairs()
        guard let target = S3Target(head, bytes, rules), !target.bucket.isEmpty,
            query.read(UnsafeRawBufferPointer(rebasing: bytes[head.query.range]))
        else { return WriteEffects([.everything]) }
        if target.key.isEmpty { return ofBucket(head, target.bucket, query, body) }
        return ofObject(head, bytes, target, query)
    }

    /// Whether the keys that a request deletes are in its body.
    static func readsBody(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer, rules: S3Rules) -> Bool {
        guard head.method == .post, let target = S3Target(head, bytes, rules), target.key.isEmpty else { return false }
        var query = QueryPairs()
        return query.read(UnsafeRawBufferPointer(rebasing: bytes[head.query.range])) && query.has("delete")
    }

    // MARK: Buckets

    /// Subresources of a bucket that no listing shows.
    private static let unseenOfBucket: [StaticString] = [
        "tagging", "cors", "lifecycle", "website", "logging", "notification", "versioning", "encryption", "accelerate",
        "requestPayment", "replication", "inventory", "analytics", "metrics", "intelligent-tiering", "object-lock",
        "metadataConfiguration", "metadataTable", "session",
    ]

    private static func ofBucket(
        _ head: RequestHead, _ bucket: [UInt8], _ query: QueryPairs, _ body: [UInt8]?
    ) -> WriteEffects {
        var whole = WriteEffects([.subtree(S3Target.folder(bucket: bucket, prefix: []))])
        switch head.method {
        case .put, .delete:
            // The bucket itself, or what anybody may see of it: policy, ACL, public access.
            return unseenOfBucket.contains(where: query.has) ? WriteEffects([]) : whole
        case .post where query.has("delete"):
            // It names the keys that it could not delete behind a status of success; nobody minds that those are voided too.
            guard let body, let keys = S3DeleteBody.keys(body) else {
                whole.outcome = .atEnd
                return whole
            }
            var folders = FolderSet(bucket: bucket)
            for key in keys { folders.add(key) }
            var effects = WriteEffects(folders.effects)
            effects.outcome = .atEnd
            return effects
        default:
            // A form names its key in its body, perhaps by the name of a file in it.
            return whole
        }
    }

    // MARK: Objects

    /// Subresources of an object that no listing shows.
    private static let unseenOfObject: [StaticString] = [
        "acl", "tagging", "retention", "legal-hold", "torrent", "select",
    ]

    private static func ofObject(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ target: S3Target, _ query: QueryPairs
    ) -> WriteEffects {
        if unseenOfObject.contains(where: query.has) { return WriteEffects([]) }
        // An upload in parts shows only when it is completed.
        let isPart = head.method == .put && query.has("partNumber") && query.has("uploadId")
        let isAbort = head.method == .delete && query.has("uploadId")
        let isBegin = head.method == .post && query.has("uploads")
        if isPart || isAbort || isBegin { return WriteEffects([]) }
        if query.has("renameObject") {
            return WriteEffects([.subtree(S3Target.folder(bucket: target.bucket, prefix: []))])
        }
        var folders = FolderSet(bucket: target.bucket)
        folders.add(target.key)
        var effects = WriteEffects(folders.effects)
        // Both answer 200 long before they are done, and say in their body how it went.
        if head.method == .post || isCopy(head, bytes) { effects.outcome = .atEnd }
        return effects
    }

    private static func isCopy(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> Bool {
        head.fields.contains {
            $0.known == nil
                && ASCII.matches(UnsafeRawBufferPointer(rebasing: bytes[$0.name.range]), "x-amz-copy-source")
        }
    }
}

/// The folders above one key or several, each once.
struct FolderSet {
    private let bucket: [UInt8]
    private var folders: Set<[UInt8]> = []
    private var isWhole = false

    init(bucket: [UInt8]) {
        self.bucket = bucket
    }

    mutating func add(_ key: [UInt8]) {
        guard !isWhole else { return }
        folders.insert(S3Target.folder(bucket: bucket, prefix: []))
        for end in key.indices where key[end] == FolderPath.slash {
            // A path too long for any listing's key has no listings to void.
            let folder = S3Target.folder(bucket: bucket, prefix: Array(key[...end]))
            if folder.count <= FormBuffer.capacity { folders.insert(folder) }
            guard folders.count <= S3Writes.effectLimit else {
                isWhole = true
                return
            }
        }
    }

    var effects: [FolderEffect] {
        guard !isWhole else { return [.subtree(S3Target.folder(bucket: bucket, prefix: []))] }
        return folders.sorted { $0.lexicographicallyPrecedes($1) }.map { .folder($0) }
    }
}
