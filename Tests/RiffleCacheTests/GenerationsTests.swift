import Testing

@testable import RiffleCache

@Suite struct GenerationsTests {
    private let root = FolderID(Hash128(high: 0, low: 1))
    private let folder = FolderID(Hash128(high: 0, low: 2))
    private let other = FolderID(Hash128(high: 0, low: 3))
    private var lineage: [FolderID] { [folder, root] }

    private func holds(_ generations: Generations, _ fill: Generation) -> Bool {
        generations.holds(fill, folder: folder, lineage: { lineage })
    }

    private func mayStore(_ generations: Generations, _ fill: Generation) -> Bool {
        generations.mayStore(fill, folder: folder, lineage: { lineage })
    }

    @Test("a fill that began before a change of its folder is void, one that begins after holds")
    func change() {
        let generations = Generations()
        let before = generations.begin()
        #expect(holds(generations, before))
        generations.invalidate([.folder(folder)])
        #expect(!holds(generations, before))
        #expect(holds(generations, generations.begin()))
    }

    @Test("a change reaches what lies below only as a subtree")
    func subtree() {
        let generations = Generations()
        let before = generations.begin()
        generations.invalidate([.folder(root)])
        #expect(holds(generations, before))
        generations.invalidate([.subtree(root)])
        #expect(!holds(generations, before))
        #expect(holds(generations, generations.begin()))
    }

    @Test("a change of another folder, or of another subtree, does nothing")
    func elsewhere() {
        let generations = Generations()
        let before = generations.begin()
        generations.invalidate([.folder(other), .subtree(other)])
        #expect(holds(generations, before))
    }

    @Test("everything voids everything")
    func everything() {
        let generations = Generations()
        let before = generations.begin()
        generations.invalidate([.everything])
        #expect(!holds(generations, before))
        #expect(holds(generations, generations.begin()))
    }

    @Test("a fence keeps a fill from being stored, not from being served to who waits")
    func fence() {
        let generations = Generations()
        let before = generations.begin()
        generations.fence([folder])
        #expect(holds(generations, before))
        #expect(!mayStore(generations, before))
        #expect(mayStore(generations, generations.begin()))
    }

    @Test("a stored entry finds out at its next look, and again after the next change")
    func entry() {
        let generations = Generations()
        let entry = Sample.entry("/a/")
        let own = entry.folder
        #expect(generations.holds(entry, lineage: { [own] }))
        generations.invalidate([.folder(other)])
        #expect(generations.holds(entry, lineage: { [own] }))
        generations.invalidate([.folder(own)])
        #expect(!generations.holds(entry, lineage: { [own] }))
    }

    @Test("what is forgotten counts as changed")
    func bounded() {
        var table = ChangeTable(capacity: 10)
        #expect(table.isEmpty)
        for number in 1...100 as ClosedRange<UInt64> {
            table.record(FolderID(Hash128(high: 9, low: number)), at: number)
        }
        for number in 1...100 as ClosedRange<UInt64> {
            #expect(table.last(FolderID(Hash128(high: 9, low: number))) >= number)
        }
        #expect(table.last(FolderID(Hash128(high: 9, low: 100))) == 100)
        #expect(table.last(FolderID(Hash128(high: 1, low: 1))) > 0)
    }
}
