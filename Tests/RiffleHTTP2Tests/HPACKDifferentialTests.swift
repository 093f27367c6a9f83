import NIOCore
import NIOHPACK
import Testing

@testable import RiffleHTTP2

/// Against another implementation of the same RFC.
@Suite("Header blocks mean the same to riffle and to another codec")
struct HPACKDifferentialTests {
    private static let names = [
        ":path", "accept", "user-agent", "x-request-id", "cookie", "authorization", "te", "a", "content-type",
        "x-\u{7F}",
    ]

    private static func text(_ generator: inout SeededGenerator) -> String {
        let length = Int.random(in: 0...60, using: &generator)
        let isRare = Int.random(in: 0..<4, using: &generator) == 0
        return String(
            (0..<length).map { _ in
                Character(Unicode.Scalar(UInt8.random(in: isRare ? 1...255 : 0x20...0x7E, using: &generator)))
            })
    }

    private static func fields(_ generator: inout SeededGenerator, _ seen: inout [(String, String)]) -> [(
        String, String
    )] {
        (0..<Int.random(in: 1...20, using: &generator)).map { _ in
            if let again = seen.randomElement(using: &generator), Bool.random(using: &generator) { return again }
            let field = (names.randomElement(using: &generator) ?? "a", text(&generator))
            seen.append(field)
            return field
        }
    }

    @Test("what the other codec writes is read", arguments: 1...40 as ClosedRange<UInt64>)
    func read(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var encoder = HPACKEncoder(allocator: ByteBufferAllocator(), useHuffmanEncoding: seed % 2 == 0)
        var decoder = HPACKDecoder()
        var seen: [(String, String)] = []
        for _ in 0..<60 {
            let fields = Self.fields(&generator, &seen)
            var headers = HPACKHeaders()
            for (name, value) in fields {
                let indexing: HPACKIndexing =
                    [.indexable, .indexable, .nonIndexable, .neverIndexed].randomElement(using: &generator)
                    ?? .indexable
                headers.add(name: name, value: value, indexing: indexing)
            }
            var block = ByteBuffer()
            try encoder.encode(headers: headers, to: &block)
            #expect(decoder.lines(Array(buffer: block)) == fields.map { "\($0): \($1)" }, "seed \(seed)")
        }
    }

    @Test("what riffle writes is read by the other codec and by itself", arguments: 1...20 as ClosedRange<UInt64>)
    func written(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var other = HPACKDecoder()
        var decoder = NIOHPACK.HPACKDecoder(allocator: ByteBufferAllocator())
        var seen: [(String, String)] = []
        for status in [200, 207, 304, 599] {
            let fields = Self.fields(&generator, &seen)
            var writer = HPACKWriter()
            writer.status(status)
            for (name, value) in fields { writer.field(name, value) }
            var block = ByteBuffer(bytes: writer.bytes)
            let expected = [":status: \(status)"] + fields.map { "\($0): \($1)" }
            #expect(
                try decoder.decodeHeaders(from: &block).map { "\($0.name): \($0.value)" } == expected, "seed \(seed)")
            #expect(other.lines(writer.bytes) == expected, "seed \(seed)")
        }
    }

    @Test("bytes of no meaning are refused or read, and never more than that", arguments: 1...20 as ClosedRange<UInt64>)
    func noise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var ours = HPACKDecoder()
        let list = FieldList(limit: 4_000)
        for _ in 0..<500 {
            let block = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            _ = ours.lines(block, into: list)
            #expect(list.fields.reduce(0) { $0 + $1.nameLength + $1.valueLength + 32 } <= list.limit)
        }
    }
}
