import RiffleCache
import RiffleListings

/// Where a response that is no listing stands among the folders, so that writes reach it: at its own path, whatever the
/// query and however many variants and principals.
///
/// Its folders are not those of listings: what a write does to listings beyond its target is a dialect's careful guess,
/// and HTTP's own rules are narrower (RFC 9111 §4.4).
struct GeneralPlace {
    /// Stands in front of every such path; no canonical path begins with it.
    private static let mark = UInt8(ascii: "G")

    private let path: [UInt8]
    private let naming: FolderNaming

    /// - Parameter target: path and query as sent.
    init(target: some Collection<UInt8>, naming: FolderNaming) {
        let raw = Array(target.prefix { $0 != UInt8(ascii: "?") })
        // A path that servers could read differently stands for itself only.
        path = [Self.mark] + (Dialect.canonicalFolderPath(raw) ?? raw)
        self.naming = naming
    }

    var folder: FolderID { naming.folder(path) }

    func lineage() -> [FolderID] { naming.lineage(path) }
}

extension Generations {
    /// Whether a stored response that is no listing still holds.
    func holds(general entry: Entry, naming: FolderNaming) -> Bool {
        holds(entry) {
            GeneralPlace(target: entry.key.path, naming: naming).lineage()
                + GroupNaming.folders(of: entry, naming: naming)
        }
    }
}
