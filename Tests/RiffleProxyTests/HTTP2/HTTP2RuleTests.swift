import NIOCore
import RiffleHTTP2
import Testing

@testable import RiffleProxy

/// RFC 9113, frame by frame, with what no client library would send.
@Suite("What an HTTP/2 client must not do")
struct HTTP2RuleTests {
    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let frames: RawFrames
        let answers: [String]

        /// What the client does costs it the connection.
        static func fails(
            _ name: String, _ code: ErrorCode, settings: [UInt8]? = [], _ tell: (inout RawFrames) -> Void
        ) -> Story {
            var frames = RawFrames(settings: settings)
            tell(&frames)
            return Story(testDescription: name, frames: frames, answers: ["goAway \(code)"])
        }

        /// The connection goes on, until the PING behind the story ends it.
        static func goes(
            _ name: String, _ answers: [String], settings: [UInt8] = [], _ tell: (inout RawFrames) -> Void
        ) -> Story {
            var frames = RawFrames(settings: settings)
            tell(&frames)
            return Story(testDescription: name, frames: frames, answers: answers + ["goAway frameSizeError"])
        }
    }

    private static let bad = RawFrames.get.map { $0 == ":path" ? ($0, "a") : ($0, $1) }
    private static let headers: FrameFlags = .endHeaders
    private static let room = RawFrames.number
    private static let block = RawFrames.block(RawFrames.get)
    /// A window of nothing for each stream.
    private static let noWindow: [UInt8] = [0, 4, 0, 0, 0, 0]

    private static let onConnection: [Story] = [
        .fails("no SETTINGS first", .protocolError, settings: nil) { $0.add(.ping, payload: room(0) + room(0)) },
        .fails("too large a frame", .frameSizeError) { $0.add(.data, stream: 1, length: 16_385) },
        .fails("PUSH_PROMISE", .protocolError) { $0.add(.pushPromise, stream: 1, payload: room(2)) },
        .fails("a request that depends on itself", .protocolError) {
            $0.add(.headers, [.endStream, .endHeaders, .priority], stream: 1, payload: [0, 0, 0, 1, 9] + block)
        },
        .fails("a padded request that depends on itself, exclusively", .protocolError) {
            $0.add(
                .headers, [.endStream, .endHeaders, .padded, .priority], stream: 3,
                payload: [0, 0x80, 0, 0, 3, 9] + block)
        },
        .fails("a stream whose priority depends on itself", .protocolError) {
            $0.add(.priority, stream: 5, payload: [0, 0, 0, 5, 9])
        },
        .fails("an even stream", .protocolError) { $0.request(2) },
        .fails("a stream below the last", .streamClosed) {
            $0.request(5, RawFrames.put, headers)
            $0.request(3)
        },
        .fails("a frame between pieces of a header block", .protocolError) {
            $0.add(.headers, .endStream, stream: 1, payload: Array(block[..<3]))
            $0.add(.priority, stream: 1, payload: [0, 0, 0, 0, 9])
        },
        .fails("an unknown frame between pieces of a header block", .protocolError) {
            $0.add(.headers, .endStream, stream: 1, payload: Array(block[..<3]))
            $0.add(raw: [0, 0, 0, 0xEE, 0, 0, 0, 0, 1])
        },
        .fails("a piece of another stream's header block", .protocolError) {
            $0.add(.headers, .endStream, stream: 1, payload: Array(block[..<3]))
            $0.add(.continuation, .endHeaders, stream: 3, payload: Array(block[3...]))
        },
        .fails("CONTINUATION of nothing", .protocolError) {
            $0.add(.continuation, .endHeaders, stream: 1, payload: block)
        },
        .fails("a header block without end", .enhanceYourCalm) {
            $0.add(.headers, .endStream, stream: 1, payload: block)
            for _ in 0...HTTP2Limits.continuations { $0.add(.continuation, stream: 1, payload: [0x82]) }
        },
        .fails("a header block that cannot be read", .compressionError) {
            $0.add(.headers, [.endStream, .endHeaders], stream: 1, payload: [0x80])
        },
        .fails("padding longer than DATA", .protocolError) {
            $0.request(1, RawFrames.put, headers)
            $0.add(.data, .padded, stream: 1, payload: [4, 0, 0, 0])
        },
        .fails("padding longer than HEADERS", .protocolError) {
            $0.add(.headers, [.endStream, .endHeaders, .padded], stream: 1, payload: [200] + block)
        },
        .fails("DATA on an idle stream", .protocolError) { $0.add(.data, stream: 1, payload: [1]) },
        .fails("RST_STREAM on an idle stream", .protocolError) { $0.add(.reset, stream: 1, payload: room(8)) },
        .fails("WINDOW_UPDATE on an idle stream", .protocolError) {
            $0.add(.windowUpdate, stream: 1, payload: room(1))
        },
        .fails("WINDOW_UPDATE of nothing", .protocolError) { $0.add(.windowUpdate, payload: room(0)) },
        .fails("a window beyond its bound", .flowControlError) { $0.add(.windowUpdate, payload: room(0x7FFF_FFFF)) },
        .fails("settings that cannot be", .flowControlError) {
            $0.add(.settings, payload: [0, 4] + room(0x8000_0000))
        },
        .fails("settings that take a stream's window beyond its bound", .flowControlError) {
            $0.request(1, RawFrames.put, headers)
            $0.add(.windowUpdate, stream: 1, payload: room(0x7FFF_0000))
            $0.add(.settings, payload: [0, 4] + room(0x7FFF_FFFF))
        },
        .fails("a flood of SETTINGS", .enhanceYourCalm) { for _ in 0..<400 { $0.add(.settings) } },
        .fails("a flood of PRIORITY", .enhanceYourCalm) {
            for _ in 0..<400 { $0.add(.priority, stream: 1, payload: [0, 0, 0, 0, 9]) }
        },
        .fails("a flood of unknown frames", .enhanceYourCalm) {
            for _ in 0..<HTTP2Limits.idleFrames + 50 { $0.add(raw: [0, 0, 0, 0xEE, 0, 0, 0, 0, 0]) }
        },
    ]

    private static let onStream: [Story] = [
        .goes("DATA behind the end", ["1 reset streamClosed"], settings: noWindow) {
            $0.request(1)
            $0.add(.data, stream: 1, payload: [1])
        },
        .goes("HEADERS behind the end", ["1 reset streamClosed"], settings: noWindow) {
            $0.request(1)
            $0.request(1)
        },
        .goes("WINDOW_UPDATE of nothing", ["1 reset protocolError"]) {
            $0.request(1, RawFrames.put, headers)
            $0.add(.windowUpdate, stream: 1, payload: room(0))
        },
        .goes("a window beyond its bound", ["1 reset flowControlError"]) {
            $0.request(1, RawFrames.put, headers)
            $0.add(.windowUpdate, stream: 1, payload: room(0x7FFF_FFFF))
        },
        .goes("trailers that are not the end", ["1 reset protocolError"]) {
            $0.request(1, RawFrames.put, headers)
            $0.request(1, [("x", "y")], headers)
        },
        .goes("pseudo-header fields in trailers", ["1 reset protocolError"]) {
            $0.request(1, RawFrames.put, headers)
            $0.request(1, [(":path", "/")])
        },
        .goes("more body than announced", ["1 reset protocolError"]) {
            $0.request(1, RawFrames.put + [("content-length", "3")], headers)
            $0.add(.data, stream: 1, payload: [1, 2, 3, 4])
        },
        .goes("trailers before the announced body is there", ["1 reset protocolError"]) {
            $0.request(1, RawFrames.put + [("content-length", "3")], headers)
            $0.request(1, [("x", "y")])
        },
        .goes("a length and no body", ["1 reset protocolError"]) {
            $0.request(1, RawFrames.get + [("content-length", "3")])
        },
        .goes("what comes on a stream that was reset is ignored", ["1 reset protocolError", "ping acknowledged"]) {
            $0.request(1, RawFrames.put + [("connection", "close")], headers)
            $0.add(.data, stream: 1, payload: [1, 2, 3])
            $0.request(1, [("x", "y")])
            $0.add(.windowUpdate, stream: 1, payload: room(9))
            $0.add(.reset, stream: 1, payload: room(8))
            $0.add(.ping, payload: room(1) + room(2))
        },
        .goes("more streams than allowed", ["201 reset refusedStream"], settings: noWindow) {
            for index in 0...StreamID(HTTP2Limits.concurrentStreams) {
                $0.request(index * 2 + 1, RawFrames.put, headers)
            }
        },
        .goes("more fields than allowed", ["1 :status=431"]) {
            let large = (0..<3).map { ("x\($0)", String(repeating: "v", count: 12_000)) }
            let block = RawFrames.block(RawFrames.get + large)
            $0.add(.headers, .endStream, stream: 1, payload: Array(block[..<16_000]))
            $0.add(.continuation, .endHeaders, stream: 1, payload: Array(block[16_000...]))
        },
    ]

    private static let allowed: [Story] = [
        .goes("unknown frames, flags and settings mean nothing", ["ping acknowledged"]) {
            $0.add(raw: [0, 0, 2, 0xEE, 0xFF, 0, 0, 0, 1, 7, 7])
            $0.add(.settings, payload: [0, 0x77, 1, 2, 3, 4])
            $0.add(.ping, FrameFlags(rawValue: 0x16), payload: room(1) + room(2))
        },
        .goes("a PING that acknowledges is not acknowledged", []) { $0.add(.ping, .ack, payload: room(1) + room(2)) },
        .goes("PRIORITY on an idle stream", ["1 :status=400"]) {
            $0.add(.priority, stream: 1, payload: [0, 0, 0, 0, 9])
            $0.request(1, bad)
        },
        .goes("padding, priority, and a header block in pieces", ["1 :status=400"]) {
            let block = RawFrames.block(bad)
            $0.add(
                .headers, [.endStream, .padded, .priority], stream: 1,
                payload: [2, 0, 0, 0, 0, 9] + block[..<5] + [0, 0])
            $0.add(.continuation, stream: 1, payload: Array(block[5..<9]))
            $0.add(.continuation, .endHeaders, stream: 1, payload: Array(block[9...]))
        },
        .goes("frames on a stream that is over", ["1 :status=400", "ping acknowledged"]) {
            $0.request(1, bad)
            $0.add(.priority, stream: 1, payload: [0, 0, 0, 0, 9])
            $0.add(.windowUpdate, stream: 1, payload: room(9))
            $0.add(.reset, stream: 1, payload: room(8))
            $0.add(.ping, payload: room(1) + room(2))
        },
    ]

    private static let closed: [Story] = [
        Story(
            testDescription: "DATA on a stream that is over",
            frames: behindTheEnd { $0.add(.data, stream: 1, payload: [1]) },
            answers: ["1 :status=400", "goAway streamClosed"]),
        Story(
            testDescription: "HEADERS on a stream that is over", frames: behindTheEnd { $0.request(1) },
            answers: ["1 :status=400", "goAway streamClosed"]),
    ]

    private static func behindTheEnd(_ tell: (inout RawFrames) -> Void) -> RawFrames {
        var frames = RawFrames()
        // An answer without body is out at once.
        frames.request(1, bad.map { $0 == ":method" ? ($0, "HEAD") : ($0, $1) })
        tell(&frames)
        return frames
    }

    @Test("is answered as the RFC has it", arguments: onConnection + onStream + allowed + closed)
    func rules(_ story: Story) async throws {
        try await RunningRiffle.run { riffle in
            let answers = try await story.frames.answers(from: riffle.port)
            #expect(answers == story.answers)
        }
    }

    @Test("a client that wants no compression table is told that there is none, once")
    func noTable() async throws {
        try await RunningRiffle.run { riffle in
            var frames = RawFrames(settings: [0, 1, 0, 0, 0, 0])
            frames.request(1, Self.bad)
            frames.request(3, Self.bad)
            frames.add(.ping, payload: [1])
            var received = try await PlainSocket.exchange(.init(bytes: frames.bytes), riffle.port)
            var first: [UInt8] = []
            while let start = received.readBytes(length: FrameHeader.size) {
                let header = start.withUnsafeBytes { FrameHeader($0) }
                guard let payload = received.readBytes(length: header.length) else { break }
                if header.kind == .headers, let byte = payload.first { first.append(byte) }
            }
            // `:status` 400 is entry 12 of the static table.
            #expect(first == [0x20, 0x8C])
        }
    }
}
