import Testing

@testable import RiffleSigning

/// AWS's published example of an upload in signed chunks: 64 KiB and 1 KiB of the letter a.
@Suite("Signed chunks are checked and signed anew")
struct ChunkResignerTests {
    private static let time = RequestTime(seconds: 1_369_353_600)
    private static let scope = SigningScope(
        date: Array("20130524".utf8), region: Array("us-east-1".utf8), service: Array("s3".utf8))
    private static let seed = Array("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9".utf8)

    private static let sent: [UInt8] = {
        func line(_ size: String, _ signature: String) -> [UInt8] {
            Array("\(size);chunk-signature=\(signature)\r\n".utf8)
        }
        let letter = UInt8(ascii: "a")
        let end = Array("\r\n".utf8)
        return line("10000", "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648")
            + [UInt8](repeating: letter, count: 65_536) + end
            + line("400", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497")
            + [UInt8](repeating: letter, count: 1_024) + end
            + line("0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9") + end
    }()

    private static func resigner(hasTrailer: Bool = false) -> ChunkResigner {
        let client = SigningKey(secret: Array(Example.secret.utf8), scope: scope)
        let origin = SigningKey(secret: Array("the origin's".utf8), scope: scope)
        return ChunkResigner(
            client: ChunkChain(key: client, time: time, seed: seed),
            origin: ChunkChain(key: origin, time: time, seed: seed), hasTrailer: hasTrailer)
    }

    private static func pass(
        _ bytes: [UInt8], through resigner: inout ChunkResigner, step: Int
    ) throws(ChunkResigner.Failure) -> [UInt8] {
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            let piece = Array(bytes[start..<min(start + step, bytes.count)])
            do {
                try piece.withUnsafeBytes { try resigner.take($0, into: &out) }
            } catch let failure as ChunkResigner.Failure {
                throw failure
            } catch {
                throw .malformed
            }
        }
        return out
    }

    @Test("however the bytes arrive, as many leave and only signatures differ", arguments: [7, 1_000, 70_000])
    func whole(_ step: Int) throws {
        var resigner = Self.resigner()
        let out = try Self.pass(Self.sent, through: &resigner, step: step)
        #expect(resigner.isDone)
        #expect(out.count == Self.sent.count)
        let differing = zip(out, Self.sent).filter { $0 != $1 }.count
        #expect(differing > 0 && differing <= 3 * 64)
    }

    @Test("a changed byte of data, size or signature stops the upload", arguments: [3, 90, 40_000, 66_700])
    func tampered(_ place: Int) {
        var bytes = Self.sent
        bytes[place] ^= 1
        var resigner = Self.resigner()
        #expect(throws: ChunkResigner.Failure.self) {
            try Self.pass(bytes, through: &resigner, step: 4_096)
        }
    }

    @Test("a body that breaks off is not done")
    func short() throws {
        var resigner = Self.resigner()
        _ = try Self.pass(Array(Self.sent.dropLast(2)), through: &resigner, step: 4_096)
        #expect(!resigner.isDone)
    }

    @Test("fields behind the last chunk must be signed where the request says so")
    func trailer() {
        var resigner = Self.resigner(hasTrailer: true)
        #expect(throws: ChunkResigner.Failure.malformed) {
            try Self.pass(Self.sent, through: &resigner, step: 4_096)
        }
        let fields = Array("x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:".utf8)
        let forged = Array(Self.sent.dropLast(2)) + fields + Self.seed + Array("\r\n\r\n".utf8)
        var other = Self.resigner(hasTrailer: true)
        #expect(throws: ChunkResigner.Failure.signatureDoesNotMatch) {
            try Self.pass(forged, through: &other, step: 4_096)
        }
    }
}
