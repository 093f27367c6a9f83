import NIOCore
import Testing

@testable import RiffleCache

@Suite struct SlotIndexTests {
    @Test("agrees with a dictionary, however hashes collide", arguments: 0..<10 as Range<UInt64>)
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var index = SlotIndex()
        var model: [Int: UInt64] = [:]
        for _ in 0..<3_000 {
            let slot = Int.random(in: 0..<200, using: &generator)
            if let hash = model[slot] {
                let target = Int.random(in: 200..<400, using: &generator)
                if model[target] == nil, Bool.random(using: &generator) {
                    index.move(hash, from: slot, to: target)
                    model[target] = hash
                } else {
                    index.remove(hash, slot: slot)
                }
                model[slot] = nil
            } else {
                // Few hashes: long chains and many equal ones.
                let hash = UInt64.random(in: 0..<40, using: &generator)
                index.insert(hash, slot: slot)
                model[slot] = hash
            }
            #expect(index.count == model.count)
        }
        for (slot, hash) in model {
            #expect(index.find(hash) { $0 == slot } == slot)
        }
        #expect(index.find(41) { _ in true } == nil)
    }
}

@Suite struct FrequencySketchTests {
    @Test("counts up to fifteen and never too low")
    func counts() {
        var sketch = FrequencySketch(counters: 4_096)
        for hash in 1...200 as ClosedRange<UInt64> {
            for _ in 0..<hash % 20 { sketch.increment(hash &* 0x9E37_79B9_7F4A_7C15) }
        }
        for hash in 1...200 as ClosedRange<UInt64> {
            let estimate = sketch.estimate(hash &* 0x9E37_79B9_7F4A_7C15)
            #expect(estimate >= min(15, Int(hash % 20)))
            #expect(estimate <= FrequencySketch.highest)
        }
    }

    @Test("halves, and can be raised")
    func halves() {
        var sketch = FrequencySketch(counters: 64)
        sketch.raise(7, to: 99)
        #expect(sketch.estimate(7) == 15)
        sketch.halve()
        #expect(sketch.estimate(7) == 7)
        sketch.raise(7, to: 3)
        #expect(sketch.estimate(7) == 7)
    }
}

@Suite struct EntryTests {
    @Test(
        "a life survives being stored compactly",
        arguments: [
            EntryLife(
                receivedAt: 5, initialAge: 3, freshUntil: 60_005, staleWhileRevalidateUntil: 90_005,
                staleIfErrorUntil: 1_000_005),
            EntryLife(
                receivedAt: 70_000, initialAge: 0, freshUntil: 10_000, staleWhileRevalidateUntil: 10_000,
                staleIfErrorUntil: 80_000),
        ])
    func life(_ life: EntryLife) {
        #expect(CompactLife(life).life == life)
    }

    @Test("a life without end is cut, and never overflows")
    func endless() {
        let life = EntryLife(
            receivedAt: -5, initialAge: .max, freshUntil: .max, staleWhileRevalidateUntil: .max,
            staleIfErrorUntil: .max)
        #expect(CompactLife(life).life.freshUntil > 86_400_000)
    }

    @Test(
        "key, tag, head and body come back as they went in, wherever the tag lies",
        arguments: ["", "\"in-head\"", "\"apart\""], [0, 300, 40_000])
    func fields(tag: String, body: Int) {
        let head = "HTTP/1.1 200 OK\r\nETag: \"in-head\"\r\n"
        var image = ByteBuffer(string: "read before" + head)
        image.moveReaderIndex(forwardBy: 11)
        image.writeRepeatingByte(7, count: body)
        let key = Sample.key("/a/b/", principal: 9)
        let entry = Entry(
            key: key, hash: 1, folder: FolderID(Hash128(high: 0, low: 1)), generation: Generation(1), image: image,
            headLength: head.utf8.count, status: 200, life: Sample.life, entityTag: Array(tag.utf8))
        #expect(entry.key == key)
        #expect(entry.principal == key.principal)
        #expect(entry.image == image)
        #expect(entry.withInline { image.readableBytesView.starts(with: $0) })
        #expect(entry.bodyLength == body)
        #expect(entry.entityTag == Array(tag.utf8))
        #expect(entry.hasEntityTag == !tag.isEmpty)
        #expect(entry.cost >= key.bytes.count + image.readableBytes + Entry.overhead)
    }

    @Test("an image that wastes storage is stored in its exact size, with the same bytes")
    func trimmed() {
        var image = ByteBuffer(repeating: 7, count: 3_000)
        image.moveReaderIndex(forwardBy: 10)
        let trimmed = image.trimmed()
        #expect(trimmed == image)
        #expect(trimmed.storageCapacity == 2_990)
        var written = trimmed
        written.writeString("more")
        #expect(written.readableBytes == 2_994)
        #expect(ByteBuffer().trimmed().readableBytes == 0)
    }
}
