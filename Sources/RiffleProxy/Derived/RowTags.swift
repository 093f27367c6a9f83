import RiffleCache
import RiffleListings
import RiffleTelemetry

extension Derivation {
    /// The expired listing with a new life, when the listing of the folder above, fresh, shows that nothing below has
    /// changed: both bear the same strong entity tag for it.
    ///
    /// Only where a folder's tag changes with everything below it, as on Nextcloud. One fresh listing so renews the listings
    /// of all folders in it, and each of those renews its own.
    func renewed(_ stored: Entry, _ work: ListingWork, now: Int64) -> Entry? {
        guard work.reason == .expired, case .success(let renewal) = renewal(of: stored, work, now) else { return nil }
        return stored.living(renewal.life)
    }

    /// The listing that shows that one which has expired, or is about to, would be no other if it were asked for anew.
    func renewal(of stored: Entry, _ work: ListingWork, _ now: Int64) -> Result<Entry, Silence> {
        guard settings.rowTags else { return .failure(.switchedOff("derived.rowTags")) }
        guard work.dialect == .webdav, stored.status == 207, WiderForm.isWide(Array(stored.key.form)) else {
            return .failure(.otherKind)
        }
        let path = Array(stored.key.path)
        guard ancestors.reachesRoot(from: path), let parent = Dialect.parent(of: path) else {
            return .failure(.shallowTags)
        }
        guard work.mayRead(at: now), holds(stored), let key = directory.listing(of: parent, for: stored.principal),
            let above = fresh(key, now)
        else { return .failure(.noListing(of: parent)) }
        guard above.life.receivedAt > stored.life.receivedAt else { return .failure(.olderListing(of: parent)) }
        guard let tag = tag(of: path, in: above), tag.first != UInt8(ascii: "W"),
            tag == self.tag(of: path, in: stored)
        else { return .failure(.otherTag(in: parent)) }
        return .success(above)
    }

    private func tag(of path: [UInt8], in entry: Entry) -> [UInt8]? {
        guard let index = indexes.index(of: entry), let row = index.row(path) else { return nil }
        let tag = index.tag(row)
        return tag.isEmpty ? nil : tag
    }
}
