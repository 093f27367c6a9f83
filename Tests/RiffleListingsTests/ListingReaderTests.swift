import Testing

@testable import RiffleListings

/// Answers that arrive in pieces, damaged ones, and very long ones.
@Suite struct ListingReaderTests {
    /// What is tried on every format: its dialect and a whole answer at `/f/`.
    struct Sample: CustomTestStringConvertible, Sendable {
        var dialect: Dialect
        var body: String
        var testDescription: String { dialect.rawValue }

        static let all = [
            Sample(dialect: .webdav, body: MultistatusTests.apache),
            Sample(dialect: .webdav, body: MultistatusTests.sabre),
            Sample(dialect: .webdav, body: MultistatusTests.wsgidav),
            Sample(dialect: .autoindex, body: AutoindexListingTests.nginx),
        ]

        var whole: RiffleListings.Confirmation { confirm(body.utf8, dialect: dialect) }

        func reader() throws -> ListingReader {
            ListingReader(
                dialect, status: dialect == .webdav ? 207 : 200,
                contentType: dialect == .webdav ? "text/xml" : "application/json", path: Array("/f/".utf8),
                form: [
                    FormTag.webdav, FormTag.depthOne, FormTag.withSlash, UInt8(ascii: "x"), 0, 0, 1,
                    PropfindBody.allprop,
                ])
        }

        func read(_ body: [UInt8], pieces: (Int) -> Int) throws -> RiffleListings.Confirmation {
            var reader = try reader()
            var start = 0
            while start < body.count {
                let end = min(body.count, start + max(1, pieces(start)))
                body[start..<end].withUnsafeBytes { reader.take($0) }
                start = end
            }
            return reader.finish()
        }
    }

    @Test("pieces of any size make the same listing as the whole", arguments: Sample.all)
    func pieces(sample: Sample) throws {
        #expect(sample.whole.shape != nil)
        let body = Array(sample.body.utf8)
        for size in [1, 2, 3, 5, 7, 13, 64, 500] {
            #expect(try sample.read(body, pieces: { _ in size }) == sample.whole, "pieces of \(size)")
        }
    }

    @Test("two pieces make the same listing wherever they are cut", arguments: Sample.all)
    func cuts(sample: Sample) throws {
        let body = Array(sample.body.utf8)
        for cut in 1..<body.count {
            #expect(try sample.read(body, pieces: { $0 == 0 ? cut : body.count }) == sample.whole, "cut at \(cut)")
        }
    }

    @Test(
        "one wrong byte never crashes, never costs or adds a member, and reads alike in pieces", arguments: Sample.all)
    func damage(sample: Sample) throws {
        let whole = Array(sample.body.utf8)
        for index in whole.indices {
            for bit in [index % 8, (index + 5) % 8] {
                var body = whole
                body[index] ^= 1 << UInt8(bit)
                let confirmed = confirm(body, dialect: sample.dialect)
                if let shape = confirmed.shape {
                    #expect(shape.childCount == sample.whole.shape?.childCount, "bit \(bit) of byte \(index)")
                }
                if bit == index % 8 {
                    #expect(
                        try (sample.read(body, pieces: { _ in 11 }).shape == nil) == (confirmed.shape == nil),
                        "bit \(bit) of byte \(index)")
                }
            }
        }
    }

    @Test("random damage reads alike whole and in pieces", arguments: Sample.all, 1...4 as ClosedRange<UInt64>)
    func randomDamage(sample: Sample, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let whole = Array(sample.body.utf8)
        for _ in 0..<200 {
            var body = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: body[index] = .random(in: 0...255, using: &random)
                case 1: body.remove(at: index)
                default: body.insert(contentsOf: body[index..<min(body.count, index + 9)], at: index)
                }
            }
            let confirmed = confirm(body, dialect: sample.dialect)
            let inPieces = try sample.read(body, pieces: { _ in .random(in: 1...40, using: &random) })
            #expect(inPieces.shape == confirmed.shape, "seed \(seed)")
        }
    }

    @Test("100,000 children are read in the memory of one", arguments: [Dialect.webdav, .autoindex])
    func manyChildren(dialect: Dialect) throws {
        let isWebDAV = dialect == .webdav
        let sample = Sample(dialect: dialect, body: "")
        var reader = try sample.reader()
        var held = 0
        var waiting: [UInt8] = []
        func send(_ bytes: [UInt8], last: Bool = false) {
            waiting += bytes
            guard last || waiting.count > 60_000 else { return }
            waiting.withUnsafeBytes { reader.take($0) }
            waiting.removeAll(keepingCapacity: true)
            held = max(held, reader.unread)
        }
        let row =
            isWebDAV ? MultistatusTests.row("/f/@", "<D:collection/>") : #"{"name":"@","type":"directory","mtime":"x"}"#
        let parts = row.utf8.split(separator: UInt8(ascii: "@")).map { Array($0) }
        let start = "<D:multistatus xmlns:D=\"DAV:\">" + MultistatusTests.row("/f/", "<D:collection/>")
        send(Array((isWebDAV ? start : "[").utf8))
        for number in 0..<100_000 {
            if !isWebDAV, number > 0 { send([UInt8(ascii: ",")]) }
            send(parts[0] + Array("\(number)".utf8) + parts[1])
        }
        send(Array((isWebDAV ? "</D:multistatus>" : "]").utf8), last: true)
        let shape = reader.finish().shape
        #expect(shape?.childCount == 100_000)
        #expect(shape?.childFolders.count == ListingShape.childFolderLimit)
        #expect(held < 1_000)
    }

    @Test("a body that never finishes what it begins is refused before it is all held")
    func endless() throws {
        for (dialect, start, filler) in [
            (Dialect.webdav, "<D:multistatus xmlns:D=\"DAV:\" x=\"", "a"), (.webdav, "<a><!--", " -"),
            (.webdav, "<a><?", "b"), (.autoindex, "[{\"name\":\"", "a"), (.autoindex, "[{\"x\":", "1"),
        ] {
            var reader = try Sample(dialect: dialect, body: "").reader()
            Array(start.utf8).withUnsafeBytes { reader.take($0) }
            let piece = Array(String(repeating: filler, count: 16_384 / filler.utf8.count).utf8)
            for _ in 0..<64 {
                piece.withUnsafeBytes { reader.take($0) }
                #expect(reader.unread <= XMLReader.tokenLimit)
            }
            #expect(reader.isRefused, "\(start)")
        }
    }

    @Test("what is no listing by its status or type is known before the body")
    func early() throws {
        #expect(ListingReader(.webdav, status: 404, contentType: "text/xml", path: [], form: []).isRefused)
        #expect(ListingReader(.autoindex, status: 200, contentType: nil, path: [], form: []).isRefused)
        #expect(try !Sample.all[0].reader().isRefused)
    }
}
