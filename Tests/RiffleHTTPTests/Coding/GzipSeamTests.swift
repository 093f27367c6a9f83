import NIOCore
import Testing

@testable import RiffleHTTP

/// A piece of a gzip body that is replaced when the body is complete.
@Suite struct GzipSeamTests {
    private static func text(_ bytes: Int, _ seed: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: ($0 / 7) &* 31 &+ seed &+ $0 % 13) }
    }

    private static func inflated(_ body: ByteBuffer) throws -> [UInt8] {
        let reader = try #require(GzipReader())
        var (rest, plain) = (body, ByteBuffer())
        while try !reader.read(&rest, limit: 1 << 20, into: &plain) {}
        #expect(reader.isComplete)
        return Array(plain.readableBytesView)
    }

    @Test(
        "any other takes its place, shorter or longer, time and again",
        arguments: [0, 1, 700, 90_000], [0, 3, 200_000])
    func replaced(front: Int, tail: Int) throws {
        let writer = try #require(GzipWriter())
        writer.reset()
        var body = ByteBuffer()
        let (before, behind) = (Self.text(front, 1), Self.text(tail, 2))
        before.withUnsafeBytes { writer.write($0, into: &body) }
        let first = Self.text(120, 3)
        var seam = try #require(first.withUnsafeBytes { writer.writeReplaceable($0, into: &body) })
        behind.withUnsafeBytes { writer.write($0, into: &body) }
        writer.finish(into: &body)
        #expect(try Self.inflated(body) == before + first + behind)
        for count in [300, 5, 0, 120, GzipSeam.limit] {
            let other = Self.text(count, count)
            #expect(seam.replace(in: &body, with: other))
            #expect(try Self.inflated(body) == before + other + behind, "\(count)")
        }
        #expect(!seam.replace(in: &body, with: Self.text(GzipSeam.limit + 1, 0)))
    }

    @Test("a body that is not its own stays as it is")
    func foreign() throws {
        let writer = try #require(GzipWriter())
        writer.reset()
        var body = ByteBuffer()
        Self.text(9_000, 4).withUnsafeBytes { writer.write($0, into: &body) }
        var seam = try #require([1, 2, 3].withUnsafeBytes { writer.writeReplaceable($0, into: &body) })
        var other = ByteBuffer(repeating: 0, count: 20)
        #expect(!seam.replace(in: &other, with: [9]))
        #expect(other == ByteBuffer(repeating: 0, count: 20))
    }
}
