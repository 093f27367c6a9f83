/// First in, first out, of requests due: an array with a moving head, so that neither end costs more than O(1) amortised.
struct Backlog {
    private var items: [(number: Int, time: UInt64)] = []
    private var head = 0

    var count: Int { items.count - head }
    var first: (number: Int, time: UInt64)? { head < items.count ? items[head] : nil }

    mutating func push(_ item: (number: Int, time: UInt64)) { items.append(item) }

    mutating func pop() -> (number: Int, time: UInt64)? {
        guard head < items.count else { return nil }
        let item = items[head]
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 4096, head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
        return item
    }
}
