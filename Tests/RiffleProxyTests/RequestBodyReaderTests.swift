import NIOCore
import RiffleHTTP
import Testing

@testable import RiffleProxy

@Suite("Request bodies")
struct RequestBodyReaderTests {
    /// Feeds `text` in pieces of `size` and returns what came out, or nil when it was malformed.
    private func read(_ text: String, chunked: Bool = true, length: Int = 0, pieces size: Int) -> (
        body: String, rest: Int
    )? {
        var reader = RequestBodyReader(chunked ? .chunked : .length(length))
        var buffer = ByteBuffer()
        var body = ""
        var bytes = Array(text.utf8)[...]
        while true {
            switch reader.next(from: &buffer) {
            case .data(let part): body += String(buffer: part)
            case .end: return (body, buffer.readableBytes + bytes.count)
            case .malformed: return nil
            case .needMore:
                guard !bytes.isEmpty else { return (body + "…", 0) }
                buffer.writeBytes(bytes.prefix(size))
                bytes = bytes.dropFirst(size)
            }
        }
    }

    @Test("a chunked body is the same however it arrives", arguments: 1...20)
    func chunkedPieces(size: Int) throws {
        let text = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: x\r\n\r\nGET /"
        let result = try #require(read(text, pieces: size))
        #expect(result.body == "hello world")
        #expect(result.rest == 5)
    }

    @Test("a body with a length ends there", arguments: 1...8)
    func lengthPieces(size: Int) throws {
        let result = try #require(read("hello|next", chunked: false, length: 5, pieces: size))
        #expect(result.body == "hello")
        #expect(result.rest == 5)
    }

    struct Malformed: CustomTestStringConvertible {
        let testDescription: String
        let text: String
    }

    @Test(
        "a chunked body that could be read in two ways is refused",
        arguments: [
            Malformed(testDescription: "no size", text: "\r\nx"),
            Malformed(testDescription: "not hexadecimal", text: "g\r\nx\r\n"),
            Malformed(testDescription: "sign", text: "+5\r\nhello\r\n"),
            Malformed(testDescription: "prefix", text: "0x5\r\nhello\r\n"),
            Malformed(testDescription: "space before the size", text: " 5\r\nhello\r\n"),
            Malformed(testDescription: "space behind the size", text: "5 \r\nhello\r\n"),
            Malformed(testDescription: "size over 60 bits", text: "1000000000000000\r\n"),
            Malformed(testDescription: "bare line feed", text: "5\nhello\r\n"),
            Malformed(testDescription: "bare carriage return in extension", text: "5;a\rb\r\nhello"),
            Malformed(testDescription: "data longer than its size", text: "5\r\nhello!\r\n0\r\n\r\n"),
            Malformed(testDescription: "data without its end", text: "5\r\nhelloXX0\r\n\r\n"),
            Malformed(testDescription: "trailer without a colon", text: "0\r\nA\r\n\r\n"),
            Malformed(testDescription: "trailer with a space before its colon", text: "0\r\nA : b\r\n\r\n"),
            Malformed(testDescription: "folded trailer", text: "0\r\nA: b\r\n c\r\n\r\n"),
            Malformed(testDescription: "bare line feed in a trailer", text: "0\r\nA: b\n\r\n"),
        ])
    func malformed(_ malformed: Malformed) {
        for size in [1, 3, 100] { #expect(read(malformed.text, pieces: size) == nil) }
    }

    @Test("an endless size line or trailer is refused")
    func endless() {
        #expect(read("5;" + String(repeating: "a", count: 4_096), pieces: 512) == nil)
        #expect(read("0\r\nA: " + String(repeating: "b", count: 20_000), pieces: 512) == nil)
        #expect(read("0\r\n" + String(repeating: "A: b\r\n", count: 2_000), pieces: 512) == nil)
    }
}
