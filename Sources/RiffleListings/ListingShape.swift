/// What a confirmed listing says about the folder: enough for prefetch and for later checks by entity tag.
package struct ListingShape: Sendable, Equatable {
    /// Most child folders remembered of one listing: more than prefetch could ever use.
    package static let childFolderLimit = 512

    /// Canonical paths, ending in a slash, in the listing's order; the first ``childFolderLimit`` of them.
    package var childFolders: [[UInt8]] = []
    /// All members but the folder itself.
    package var childCount = 0
    package var selfEntityTag: [UInt8]?
    /// False for a plain file that answered for itself (rclone asks for files with `Depth: 1`).
    package var isFolder = true

    package init() {}

    /// Whether another child folder would be remembered.
    var hasRoom: Bool { childFolders.count < Self.childFolderLimit }

    mutating func addChildFolder(_ path: [UInt8]) {
        if hasRoom { childFolders.append(path) }
    }
}

/// Why an answer is not stored.
package enum ConfirmationFailure: Sendable, Equatable {
    case wrongStatus, wrongType, encoded
    /// The body ends before the listing does.
    case incomplete
    case malformed
    /// A document type or a markup construct that could expand.
    case doctype
    /// Deeper, or with more names, than any listing.
    case tooComplex
    /// A member's own status says that the listing is partial.
    case memberFailed
    case notACollection
    /// The folder itself or one of its members lies elsewhere.
    case foreignPath
    /// The folder itself is missing.
    case noSelf
}

package enum Confirmation: Sendable, Equatable {
    case listing(ListingShape)
    case refused(ConfirmationFailure)
}
