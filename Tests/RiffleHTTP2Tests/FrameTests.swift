import Testing

@testable import RiffleHTTP2

@Suite("Frames")
struct FrameTests {
    @Test("a header is read as it was written, without the reserved bit")
    func header() {
        let header = FrameHeader(.headers, [.endStream, .endHeaders], stream: 0x1234_5679, length: 0x1_2345)
        var bytes = [UInt8](repeating: 0, count: FrameHeader.size)
        bytes.withUnsafeMutableBytes { header.write(into: $0) }
        #expect(bytes == hex("01 23 45 01 05 12 34 56 79"))
        bytes[5] |= 0x80
        #expect(bytes.withUnsafeBytes { FrameHeader($0) } == header)
    }

    struct Faulty: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let header: FrameHeader
        let code: ErrorCode?

        init(
            _ name: String, _ kind: FrameKind, _ flags: FrameFlags = [], stream: StreamID, length: Int,
            _ code: ErrorCode?
        ) {
            testDescription = name
            header = FrameHeader(kind, flags, stream: stream, length: length)
            self.code = code
        }
    }

    @Test(
        "what a header alone shows to be wrong",
        arguments: [
            Faulty("DATA", .data, stream: 1, length: 16_384, nil),
            Faulty("too large a frame", .data, stream: 1, length: 16_385, .frameSizeError),
            Faulty("DATA on the connection", .data, stream: 0, length: 1, .protocolError),
            Faulty("HEADERS on the connection", .headers, stream: 0, length: 1, .protocolError),
            Faulty("CONTINUATION on the connection", .continuation, stream: 0, length: 1, .protocolError),
            Faulty("PRIORITY", .priority, stream: 3, length: 5, nil),
            Faulty("PRIORITY of another size", .priority, stream: 3, length: 4, .frameSizeError),
            Faulty("RST_STREAM on the connection", .reset, stream: 0, length: 4, .protocolError),
            Faulty("RST_STREAM of another size", .reset, stream: 1, length: 5, .frameSizeError),
            Faulty("SETTINGS on a stream", .settings, stream: 1, length: 6, .protocolError),
            Faulty("SETTINGS cut short", .settings, stream: 0, length: 7, .frameSizeError),
            Faulty("an acknowledgement with settings", .settings, .ack, stream: 0, length: 6, .frameSizeError),
            Faulty("PUSH_PROMISE of a client", .pushPromise, stream: 1, length: 4, .protocolError),
            Faulty("PING on a stream", .ping, stream: 1, length: 8, .protocolError),
            Faulty("PING of another size", .ping, stream: 0, length: 6, .frameSizeError),
            Faulty("GOAWAY on a stream", .goAway, stream: 1, length: 8, .protocolError),
            Faulty("GOAWAY cut short", .goAway, stream: 0, length: 7, .frameSizeError),
            Faulty("WINDOW_UPDATE of another size", .windowUpdate, stream: 0, length: 3, .frameSizeError),
        ])
    func faults(_ given: Faulty) {
        #expect(given.header.fault == given.code)
    }

    @Test("padding and priority are cut off, and cannot be more than there is")
    func content() {
        func content(_ kind: FrameKind, _ flags: FrameFlags, _ length: Int, _ first: UInt8) -> Range<Int>? {
            FrameHeader(kind, flags, stream: 1, length: length).content(firstByte: first)
        }
        #expect(content(.data, [], 10, 99) == 0..<10)
        #expect(content(.data, .padded, 10, 9) == 1..<1)
        #expect(content(.data, .padded, 10, 10) == nil)
        #expect(content(.data, .padded, 0, 0) == nil)
        #expect(content(.headers, [.padded, .priority], 20, 4) == 6..<16)
        #expect(content(.headers, .priority, 4, 0) == nil)
    }

    @Test("a header block in pieces is whole with its last, and has a bounded number of them")
    func pieces() {
        let first = FrameHeader(.headers, .endStream, stream: 5, length: 2)
        var block = hex("82 86").withUnsafeBytes { HeaderBlock(first, first: $0, continuations: 2) }
        let more = FrameHeader(.continuation, stream: 5, length: 1)
        let last = FrameHeader(.continuation, .endHeaders, stream: 5, length: 1)
        #expect(hex("84").withUnsafeBytes { block.add(more, $0) } == .success(false))
        #expect(hex("88").withUnsafeBytes { block.add(last, $0) } == .success(true))
        #expect(block.bytes == hex("82 86 84 88") && block.endsStream && block.stream == 5)
        #expect(hex("84").withUnsafeBytes { block.add(more, $0) } == .failure(.enhanceYourCalm))
    }
}
