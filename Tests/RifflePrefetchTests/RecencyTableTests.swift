import Testing

@testable import RifflePrefetch

@Suite struct RecencyTableTests {
    @Test("a name keeps its value until fresher names need its cell")
    func keeps() {
        var table = RecencyTable(capacity: 8, blank: 0)
        for name in 1...8 as ClosedRange<UInt64> {
            table[table.claim(name, stamp: Int64(name)).place] = Int(name)
        }
        #expect(table[name: 1] == 1)
        let (place, isNew) = table.claim(9, stamp: 9)
        #expect(isNew)
        #expect(table[place] == 0)
        #expect(table[name: 1] == nil)
        #expect(table[name: 2] == 2)
    }

    @Test("use renews a name")
    func renews() {
        var table = RecencyTable(capacity: 8, blank: 0)
        for name in 1...8 as ClosedRange<UInt64> { _ = table.claim(name, stamp: Int64(name)) }
        #expect(!table.claim(1, stamp: 100).isNew)
        _ = table.claim(9, stamp: 101)
        #expect(table.find(1) != nil)
        #expect(table.find(2) == nil)
    }
}
