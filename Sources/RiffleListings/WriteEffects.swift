import RiffleHTTP

/// What a write may change, in terms of stored listings.
package enum FolderEffect: Hashable, Sendable {
    /// Everything stored under exactly this canonical path: listings, Depth-0 rows, remembered absences.
    case folder([UInt8])
    /// That path and everything below it.
    case subtree([UInt8])
    case everything
}

/// How far up a write shows.
package enum AncestorPolicy: Sendable {
    /// In the row of the folder that it changed, one level up: file systems change a folder's time and tag when a
    /// direct child comes, goes or is replaced.
    case parentRow
    /// In every folder up to the root: Nextcloud and ownCloud give all ancestors a new tag and time.
    case toRoot
    /// To the root where the path is Nextcloud's or ownCloud's, else in the parent's row.
    case byPath

    /// Whether a change at this canonical path shows in all folders above it.
    package func reachesRoot(from path: [UInt8]) -> Bool {
        switch self {
        case .parentRow: false
        case .toRoot: true
        case .byPath: Self.isCloud(path)
        }
    }

    /// `/remote.php/dav/files/…`, `/cloud/public.php/webdav/…`: their scripts stand in every path.
    private static func isCloud(_ path: [UInt8]) -> Bool {
        path.split(separator: FolderPath.slash, maxSplits: 4).contains { segment in
            segment.withUnsafeBytes { ASCII.equals($0, "remote.php") || ASCII.equals($0, "public.php") }
        }
    }
}

package struct WriteEffects: Sendable, Equatable {
    /// Voided before the write goes out, so that a fill already under way cannot be stored.
    package var fence: [FolderEffect]
    /// Voided again when the write may have happened.
    package var changes: [FolderEffect]
    /// Whether a refusal may come after a part was done: writes to whole trees.
    package var mayBePartial: Bool

    package init(_ effects: [FolderEffect], mayBePartial: Bool = false) {
        fence = effects
        changes = effects
        self.mayBePartial = mayBePartial
    }
}

extension Dialect {
    /// What a write may change, from the request alone.
    package func effects(
        of head: RequestHead, bytes: UnsafeRawBufferPointer, ancestors: AncestorPolicy = .parentRow
    ) -> WriteEffects {
        guard !OverrideRules.namesOtherPath(head), !head.isRepeated(.destination) else {
            return WriteEffects([.everything], mayBePartial: true)
        }
        return effects(
            method: OverrideRules.isOverridden(head) ? .other : head.method,
            path: UnsafeRawBufferPointer(rebasing: bytes[head.path.range]),
            destination: head.value(.destination).map { UnsafeRawBufferPointer(rebasing: bytes[$0.range]) },
            ancestors: ancestors)
    }

    /// - Parameter destination: the `Destination` field as sent, an absolute URL or a path; its host does not matter.
    package func effects(
        method: Method, path: UnsafeRawBufferPointer, destination: UnsafeRawBufferPointer? = nil,
        ancestors: AncestorPolicy = .parentRow
    ) -> WriteEffects {
        WriteRules.effects(method: method, path: path, destination: destination, ancestors: ancestors)
    }

    /// What remains to be voided once the answer is known; nil when none came.
    ///
    /// A definite refusal changed nothing (rclone probes with MKCOL and gets 405 before each upload). A redirect may
    /// follow a change, a 408 may come in its middle, and 403, 409 or 424 on a tree may come after a part of it.
    package func aftermath(_ effects: WriteEffects, status: Int?) -> [FolderEffect] {
        guard let status, (400...499).contains(status), status != 408 else { return effects.changes }
        let isPartial = effects.mayBePartial && (status == 403 || status == 409 || status == 424)
        return isPartial ? effects.changes : []
    }
}
