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

    /// Names besides its path by which a write may address this folder, each in a spelling that is no path; see
    /// ``FolderEffect/subtree(_:)``.
    package var names: [[UInt8]] = []
    /// Whether members are named by URLs with a host in them: see ``AbsoluteLinks``.
    package var hasAbsoluteLinks = false
    /// Where the next page is, when this is one of a chain.
    package var next: NextLink?
    /// Longest life that what the listing carries allows, milliseconds: links that expire.
    package var lifeCap: Int64?
    /// The members by their ids, where the rules ask for them (``DialectRules/learnsItems``).
    package var items: [ListedItem] = []

    package init() {}

    /// Whether another child folder would be remembered.
    var hasRoom: Bool { childFolders.count < Self.childFolderLimit }

    mutating func addChildFolder(_ path: [UInt8]) {
        if hasRoom { childFolders.append(path) }
    }
}

/// The link of one page to the next, as the origin wrote it.
package struct NextLink: Sendable, Equatable {
    /// Bytes of a link in a body.
    static let lengthLimit = 16 << 10

    /// Where it stands in the body: what a rewritten link takes the place of, and how to escape it there.
    package var range: Range<Int>
    package var escaping: Escaping
    /// An absolute URL, or whatever the dialect's ``Dialect/chained(_:to:)`` understands.
    package var value: [UInt8]

    package enum Escaping: Sendable {
        case json, xml
    }

    package init(range: Range<Int>, escaping: Escaping, value: [UInt8]) {
        self.range = range
        self.escaping = escaping
        self.value = value
    }

    /// A link that stands in a window beginning at `offset` of the body.
    init(_ text: JSONText, value: [UInt8], at offset: Int) throws(JSONReader.Failure) {
        guard text.range.count <= Self.lengthLimit else { throw .malformed }
        self.init(
            range: offset + text.range.lowerBound..<offset + text.range.upperBound, escaping: .json, value: value)
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
