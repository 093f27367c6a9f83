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
        guard settings.rowTags, work.dialect == .webdav, work.reason == .expired, stored.status == 207,
            work.mayRead(at: now), WiderForm.isWide(Array(stored.key.form))
        else { return nil }
        let path = Array(stored.key.path)
        guard ancestors.reachesRoot(from: path), let parent = Dialect.parent(of: path),
            let aboveKey = directory.listing(of: parent, for: stored.principal), let above = fresh(aboveKey, now),
            above.life.receivedAt > stored.life.receivedAt, holds(stored), let tag = tag(of: path, in: above),
            tag.first != UInt8(ascii: "W"), tag == self.tag(of: path, in: stored)
        else { return nil }
        return stored.living(above.life)
    }

    private func tag(of path: [UInt8], in entry: Entry) -> [UInt8]? {
        guard let index = indexes.index(of: entry), let row = index.row(path) else { return nil }
        let tag = index.tag(row)
        return tag.isEmpty ? nil : tag
    }
}
