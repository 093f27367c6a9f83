import NIOCore
import Testing

@testable import RiffleHTTP

/// Bodies coded and read back, whole and in pieces.
@Suite struct GzipTests {
    static let body = ByteBuffer(
        string: (0..<4_000).map { "<row href=\"/f/\($0)\" tag=\"\($0 &* 7_919)\"/>\n" }.joined())

    /// Everything in `coded`, read in steps of `limit`.
    static func read(_ coded: ByteBuffer, piece: Int = .max, limit: Int = 64 << 10) throws -> (ByteBuffer, Bool) {
        let reader = try #require(GzipReader())
        var rest = coded
        var out = ByteBuffer()
        while rest.readableBytes > 0 {
            var part = rest.readSlice(length: min(piece, rest.readableBytes)) ?? ByteBuffer()
            while true {
                let before = out.readableBytes
                let isDone = try reader.read(&part, limit: limit, into: &out)
                #expect(out.readableBytes - before <= limit)
                if isDone { break }
            }
        }
        return (out, reader.isComplete)
    }

    @Test(
        "a body comes back as it was, whatever the pieces",
        arguments: [(1, 7), (100, 64), (5_000, 1 << 20), (.max, 1_000)])
    func roundTrip(piece: Int, limit: Int) throws {
        let writer = try #require(GzipWriter())
        var coded = ByteBuffer()
        var rest = Self.body
        while let part = rest.readSlice(length: min(piece, rest.readableBytes)), part.readableBytes > 0 {
            part.withUnsafeReadableBytes { writer.write($0, into: &coded) }
        }
        writer.finish(into: &coded)
        #expect(coded.readableBytes < Self.body.readableBytes / 4)
        #expect(GzipReader.plainLength(coded) == Self.body.readableBytes)
        let (plain, isComplete) = try Self.read(coded, piece: piece, limit: limit)
        #expect(isComplete)
        #expect(plain == Self.body)
    }

    @Test("a writer begins anew, and an empty body is a body")
    func reuse() throws {
        let writer = try #require(GzipWriter())
        let first = writer.coded(Self.body)
        #expect(writer.coded(Self.body) == first)
        let (plain, isComplete) = try Self.read(writer.coded(ByteBuffer()))
        #expect(isComplete && plain.readableBytes == 0)
    }

    @Test("a body cut anywhere is not complete")
    func cut() throws {
        let coded = try #require(GzipWriter()).coded(ByteBuffer(string: "a short text, a short text"))
        for length in 0..<coded.readableBytes {
            let prefix = try #require(coded.getSlice(at: coded.readerIndex, length: length))
            #expect(try !Self.read(prefix).1, "cut at \(length)")
        }
    }

    @Test("bytes behind the body and a wrong checksum are refused")
    func refused() throws {
        var coded = try #require(GzipWriter()).coded(Self.body)
        var longer = coded
        longer.writeInteger(UInt8(0))
        #expect(throws: GzipReader.Failure.trailing) { try Self.read(longer) }
        var twice = coded
        twice.writeImmutableBuffer(coded)
        #expect(throws: GzipReader.Failure.trailing) { try Self.read(twice) }
        #expect(throws: GzipReader.Failure.trailing) { try Self.read(twice, piece: coded.readableBytes) }
        coded.setInteger(UInt8(0x55), at: coded.writerIndex - 7)
        #expect(throws: GzipReader.Failure.corrupt) { try Self.read(coded) }
        #expect(throws: GzipReader.Failure.corrupt) { try Self.read(ByteBuffer(string: "no gzip at all")) }
    }
}
