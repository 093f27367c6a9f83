import NIOCore
import RiffleCache
import Testing

@testable import RiffleProxy

@Suite("Keys and memos of responses that are no listings")
struct GeneralKeyTests {
    private func key(_ target: String, _ host: String = "a.test", _ principal: PrincipalID = .anonymous) -> CacheKey {
        GeneralKey.primary(target: target.utf8, host: host.utf8, principal: principal)
    }

    @Test("target, host, principal and variant each make another key; the case of the host does not")
    func keys() {
        let someone = PrincipalID(Hash128(high: 1, low: 2))
        let first = key("/a?x")
        let all = [
            first, key("/a?y"), key("/a"), key("/a?x", "b.test"), key("/a?x", "a.test", someone),
            GeneralKey.variant(of: first, Hash128(high: 0, low: 1)),
            GeneralKey.variant(of: first, Hash128(high: 1, low: 0)),
        ]
        #expect(Set(all).count == all.count)
        #expect(key("/a", "A.TEST") == key("/a", "a.test"))
        #expect(all.allSatisfy { GeneralKey.isGeneral($0) })
        #expect(GeneralKey.primary(of: all[5]) == first)
    }

    @Test(
        "an index of variants survives its entry, forgets the oldest at its bound, and remembers the latest fields first"
    )
    func index() throws {
        var index = VariantIndex()
        for number in 0..<VariantIndex.maximumVariants {
            #expect(index.note(["foo"], Hash128(high: 7, low: UInt64(number))) == nil)
        }
        #expect(index.note(["bar", "foo"], Hash128(high: 8, low: 0)) == Hash128(high: 7, low: 0))
        #expect(index.names == [["bar", "foo"], ["foo"]])
        let primary = key("/v")
        func entry(_ status: Int) -> Entry {
            Entry(
                key: primary, hash: 1, folder: FolderID(Hash128(high: 0, low: 0)), generation: Generation(1),
                image: index.image, headLength: 0, status: status,
                life: EntryLife(
                    receivedAt: 0, initialAge: 0, freshUntil: 0, staleWhileRevalidateUntil: 0, staleIfErrorUntil: 0))
        }
        #expect(try #require(VariantIndex(entry(VariantIndex.status))) == index)
        #expect(VariantIndex(entry(200)) == nil)
    }

    @Test("what was nobody else's is remembered for a while only")
    func hitForMiss() {
        let memo = HitForMiss(life: 100)
        memo.remember(1, now: 0)
        #expect(memo.holds(1, now: 99))
        #expect(!memo.holds(2, now: 99))
        #expect(!memo.holds(1, now: 100))
        memo.remember(1, now: 200)
        memo.forget(1)
        #expect(!memo.holds(1, now: 201))
    }

    @Test(
        "writes find a response by its path, whatever its query",
        arguments: [("/a/b.txt?x=1", "/a/b.txt"), ("/a/b.txt", "/a/b.txt?y"), ("/%61/b.txt", "/a/b.txt")])
    func places(_ left: String, _ right: String) {
        let naming = FolderNaming(secret: .ephemeral(), origin: "http://o.test")
        #expect(
            GeneralPlace(target: left.utf8, naming: naming).folder
                == GeneralPlace(target: right.utf8, naming: naming).folder)
    }
}
