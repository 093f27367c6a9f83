import RiffleCache
import RiffleListings

/// What a fresh listing in memory says about a request, whether or not the proofs allow that it be told.
struct Ground {
    enum Saying {
        /// The member's own row.
        case row(ListingRows.Row, in: RowIndex)
        /// That there is no such name.
        case absence
    }

    let saying: Saying
    /// The listing that says so.
    let source: Entry
    let shape: Proofs.Shape
}

/// Why no listing says anything about a request.
enum Silence: Error, Equatable {
    /// By this setting.
    case switchedOff(String)
    /// What riffle derives are WebDAV answers and absent names.
    case otherKind
    case clientWantsOrigin
    /// No fresh listing of this folder is in memory for the principal.
    case noListing(of: [UInt8])
    /// The listing of this folder has no rows that can be cut out.
    case unreadable(of: [UInt8])
    /// The member is a folder and its own members are asked for.
    case wantsMembers
    /// The name could be read in more than one way.
    case oddName
    /// The listing of this folder shows the name, or one like it but for the case of letters.
    case shown(in: [UInt8])
    case shallowTags
    /// The listing of this folder is not younger than what it would renew.
    case olderListing(of: [UInt8])
    /// The listing of this folder shows another tag, or a weak one or none.
    case otherTag(in: [UInt8])
}
