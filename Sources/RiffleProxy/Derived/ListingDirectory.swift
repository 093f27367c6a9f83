import RiffleCache
import RiffleListings
import Synchronization

/// Which whole listing of a folder each principal got last, whatever its form: where to look whether a name is there.
///
/// Direct-mapped and bounded: a collision forgets the older, which costs a derived answer and nothing else.
final class ListingDirectory: Sendable {
    private static let slots = 4_096
    /// Listings with longer keys are not noted.
    private static let longestKey = 1_024

    private let table = Mutex([CacheKey?](repeating: nil, count: ListingDirectory.slots))

    func note(_ key: CacheKey) {
        guard key.bytes.count <= Self.longestKey, WiderForm.isWide(Array(key.form)) else { return }
        let slot = Self.slot(Array(key.path), key.principal)
        table.withLock { $0[slot] = key }
    }

    func listing(of path: [UInt8], for principal: PrincipalID) -> CacheKey? {
        let slot = Self.slot(path, principal)
        guard let key = table.withLock({ $0[slot] }), key.principal == principal, key.path.elementsEqual(path) else {
            return nil
        }
        return key
    }

    private static func slot(_ path: [UInt8], _ principal: PrincipalID) -> Int {
        var hasher = Hasher()
        hasher.combine(path)
        hasher.combine(principal)
        return Int(UInt(bitPattern: hasher.finalize()) % UInt(slots))
    }
}
