import Foundation
import NIOCore
import NIOHTTP2
import Testing

@testable import RiffleProxy

/// Against a client that keeps the windows it gives as the RFC has it, and ends the connection when they are overrun.
@Suite("Bodies over HTTP/2")
struct HTTP2FlowTests {
    private static let sizes = [1, 5, 4_096, 16_384, 16_385, 32_768, 70_001, 250_000]

    private static func body(_ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: ($0 &* 31) >> 3 &+ size) }
    }

    /// A client that reads answers and gives room as chance has it.
    private struct Reader {
        let client: FrameClient
        var random: SeededGenerator
        var sizes: [HTTP2StreamID: Int] = [:]
        var bodies: [HTTP2StreamID: [UInt8]] = [:]

        func give(_ increment: Int, _ stream: HTTP2StreamID) async throws {
            try await client.send(stream, .windowUpdate(windowSizeIncrement: increment))
        }

        func setWindow(_ size: Int) async throws {
            let window = HTTP2Setting(parameter: .initialWindowSize, value: size)
            try await client.send(.rootStream, .settings(.settings([window])))
        }

        mutating func ask(_ stream: HTTP2StreamID, for size: Int) async throws {
            sizes[stream] = size
            bodies[stream] = []
            try await client.request(
                stream, [(":method", "GET"), (":scheme", "http"), (":path", "/\(size)"), (":authority", "localhost")])
        }

        /// Reads until every answer is whole.
        ///
        /// - Returns: false when the connection ended before, or a body is not what was asked for.
        mutating func readAll() async throws -> Bool {
            while !sizes.isEmpty {
                let next = await client.first { frame -> (HTTP2StreamID, HTTP2Frame.FramePayload.Data)? in
                    guard case .data(let data) = frame.payload else { return nil }
                    return (frame.streamID, data)
                }
                guard let (stream, data) = next, case .byteBuffer(let bytes) = data.data else { return false }
                bodies[stream]?.append(contentsOf: bytes.readableBytesView)
                if bytes.readableBytes > 0 { try await give(bytes.readableBytes, .rootStream) }
                if data.endStream {
                    guard let size = sizes.removeValue(forKey: stream), bodies[stream] == HTTP2FlowTests.body(size)
                    else { return false }
                    continue
                }
                try await give(Int.random(in: 1...30_000, using: &random), stream)
                guard Int.random(in: 0..<8, using: &random) == 0 else { continue }
                // May take windows below nothing; what follows takes them out again.
                try await setWindow(Int.random(in: 1...20_000, using: &random))
                for open in sizes.keys { try await give(20_000, open) }
            }
            return true
        }
    }

    @Test(
        "arrive whole whatever room the client gives, from memory and from the origin",
        arguments: 1...6 as ClosedRange<UInt64>)
    func windows(seed: UInt64) async throws {
        try await RunningRiffle.run({
            $0.cache.scope = .all
            $0.cache.heuristicTTL = 60_000
        }) { riffle in
            for size in Self.sizes { try Data(Self.body(size)).write(to: riffle.tree.appending(path: "\(size)")) }
            try await FrameClient.run(port: riffle.port) { client in
                var reader = Reader(client: client, random: SeededGenerator(seed: seed))
                try await reader.setWindow(Int.random(in: 1...20_000, using: &reader.random))
                var stream = HTTP2StreamID(1)
                for _ in 0..<3 {
                    for size in Self.sizes.shuffled(using: &reader.random) {
                        try await reader.ask(stream, for: size)
                        stream = stream.advanced(by: 2)
                    }
                    #expect(try await reader.readAll(), "seed \(seed)")
                }
            }
        }
    }
}
