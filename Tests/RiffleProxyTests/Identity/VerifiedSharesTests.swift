import NIOCore
import RiffleCache
import RiffleListings
import RiffleTelemetry
import Testing

@testable import RiffleProxy

@Suite("Listings proven to be the same for several people")
struct VerifiedSharesTests {
    private static let naming = FolderNaming(secret: .ephemeral(), origin: "test")
    private static let anne = PrincipalID(Hash128(high: 1, low: 1))
    private static let bert = PrincipalID(Hash128(high: 2, low: 2))

    private func shares() -> VerifiedShares {
        VerifiedShares(prefixes: ["/team/"], proofLife: 1_000, naming: Self.naming)
    }

    private func entry(
        _ who: PrincipalID, _ body: String = "body", at time: Int64, path: String = "/team/a/", generation: UInt64 = 1
    ) -> Entry {
        let key = CacheKey(path: path.utf8, principal: who, form: [1])
        return Entry(
            key: key, hash: key.bytes.withUnsafeBytes { MemoryTier.hash($0) }, folder: Self.naming.folder(path.utf8),
            generation: Generation(generation), image: ByteBuffer(string: "HEAD" + body), headLength: 4, status: 207,
            life: EntryLife(
                receivedAt: time, initialAge: 0, freshUntil: time + 100, staleWhileRevalidateUntil: 0,
                staleIfErrorUntil: 0))
    }

    private func renewed(
        _ shares: VerifiedShares, _ stored: Entry, by credential: Credential, at now: Int64, holds: Bool = true
    ) -> Entry? {
        let work = ListingWork(
            key: stored.key, hash: stored.hash, dialect: .webdav, credential: credential, reason: .expired,
            stored: stored)
        return shares.renewed(work, now: now) { _ in holds }
    }

    private func vouched(_ who: PrincipalID) -> Credential { Credential(own: who, vouchedUntil: .max) }

    @Test("whoever asks renews it for the others, who keep their own bytes")
    func together() {
        let shares = shares()
        let hers = entry(Self.anne, at: 0)
        shares.proven(hers, now: 0)
        shares.proven(entry(Self.bert, at: 150), now: 150)
        let found = renewed(shares, hers, by: vouched(Self.anne), at: 200)
        #expect(found?.life.freshUntil == 250 && found?.key == hers.key && found?.image == hers.image)
    }

    @Test("nobody gets anything without a proof of his own, in time, of the same bytes, on that path, vouched for")
    func alone() {
        func after(_ change: (VerifiedShares) -> Void, _ path: String = "/team/a/") -> (VerifiedShares, Entry) {
            let shares = shares()
            let hers = entry(Self.anne, at: 0, path: path)
            change(shares)
            shares.proven(entry(Self.bert, at: 150, path: path), now: 150)
            return (shares, hers)
        }
        let proof: (VerifiedShares) -> Void = { $0.proven(entry(Self.anne, at: 0), now: 0) }
        let (strangers, hers) = after { _ in }
        #expect(renewed(strangers, hers, by: vouched(Self.anne), at: 200) == nil)
        let (late, _) = after { $0.proven(entry(Self.anne, at: 0), now: -900) }
        #expect(renewed(late, hers, by: vouched(Self.anne), at: 200) == nil)
        let (other, _) = after { $0.proven(entry(Self.anne, "other", at: 0), now: 0) }
        #expect(renewed(other, entry(Self.anne, "other", at: 0), by: vouched(Self.anne), at: 200) == nil)
        let (elsewhere, private_) = after({ $0.proven(entry(Self.anne, at: 0, path: "/own/"), now: 0) }, "/own/")
        #expect(renewed(elsewhere, private_, by: vouched(Self.anne), at: 200) == nil)
        let (good, _) = after(proof)
        #expect(renewed(good, hers, by: Credential(own: Self.anne), at: 200) == nil)
        #expect(renewed(good, hers, by: vouched(Self.bert), at: 200) == nil)
        #expect(renewed(good, hers, by: vouched(Self.anne), at: 200, holds: false) == nil)
        #expect(renewed(good, hers, by: vouched(Self.anne), at: 260) == nil)
        #expect(renewed(good, hers, by: vouched(Self.anne), at: 200) != nil)
    }

    @Test("who gets something else from the origin takes nobody along")
    func parting() {
        let shares = shares()
        let hers = entry(Self.anne, at: 0)
        shares.proven(hers, now: 0)
        shares.proven(entry(Self.bert, at: 10), now: 10)
        shares.proven(entry(Self.bert, "changed", at: 150), now: 150)
        #expect(renewed(shares, hers, by: vouched(Self.anne), at: 200) == nil)
    }
}
