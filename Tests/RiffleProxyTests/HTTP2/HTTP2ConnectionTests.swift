import Foundation
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import ServiceLifecycle
import Testing

@testable import RiffleProxy

@Suite("An HTTP/2 connection")
struct HTTP2ConnectionTests {
    private static let get = [
        (":method", "GET"), (":scheme", "http"), (":path", "/a.txt"), (":authority", "localhost"),
    ]

    @Test("with prior knowledge it is served on the plain listener")
    func priorKnowledge() async throws {
        try await RunningRiffle.run { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                try await client.request(1, Self.get)
                #expect(await client.answer(on: 1) == "status 200")
                let body = await client.first { frame -> ByteBuffer? in
                    guard case .data(let data) = frame.payload, case .byteBuffer(let bytes) = data.data else {
                        return nil
                    }
                    return bytes
                }
                #expect(body == ByteBuffer(string: "hello"))
            }
        }
    }

    @Test("HEAD gets no body, a hit over a request body is a hit")
    func keyedBody() async throws {
        try await RunningRiffle.run { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                try await client.request(1, [(":method", "HEAD")] + Self.get.dropFirst())
                #expect(await client.answer(on: 1) == "status 200")
                let propfind = [
                    (":method", "PROPFIND"), (":scheme", "http"), (":path", "/"), (":authority", "x"), ("depth", "1"),
                ]
                let body = ByteBuffer(
                    string: "<propfind xmlns=\"DAV:\"><prop><getetag/></prop></propfind>")
                for (stream, outcome) in [(3, "fwd=uri-miss"), (5, "hit")] as [(HTTP2StreamID, String)] {
                    try await client.request(stream, propfind, ends: false)
                    try await client.send(stream, .data(.init(data: .byteBuffer(body), endStream: true)))
                    let status = await client.first { frame -> String? in
                        guard frame.streamID == stream, case .headers(let headers) = frame.payload else { return nil }
                        return headers.headers.first(name: "cache-status")
                    }
                    #expect(status?.hasPrefix("riffle; \(outcome)") == true)
                }
            }
        }
    }

    @Test("large bodies pass whole in both directions, many streams at once")
    func largeBodies() async throws {
        let files = try TestCertificates()
        try files.make("a", for: "localhost")
        try await RunningRiffle.run({ files.turnOn(&$0) }) { riffle in
            try await riffle.withClient(trusting: files.path("a.pem")) { client in
                let bytes = ByteBuffer(bytes: (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
                let put = try await riffle.send("PUT", "/big", [], bytes, by: client)
                #expect(put.version == .http2 && put.status == 201)
                try await withThrowingTaskGroup(of: Bool.self) { tasks in
                    for index in 0..<60 {
                        tasks.addTask {
                            let path = index % 10 == 0 ? "/big" : "/a.txt"
                            let answer = try await riffle.send("GET", path, by: client)
                            return answer.body == (index % 10 == 0 ? bytes : ByteBuffer(string: "hello"))
                        }
                    }
                    for try await isWhole in tasks { #expect(isWhole) }
                }
            }
        }
    }

    struct Malformed: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fields: [(String, String)]
        let answers: Set<String>

        static func reset(_ name: String, _ fields: [(String, String)]) -> Malformed {
            Malformed(testDescription: name, fields: fields, answers: ["reset \(HTTP2ErrorCode.protocolError)"])
        }

        static func refused(_ name: String, _ fields: [(String, String)], _ status: Int = 400) -> Malformed {
            Malformed(testDescription: name, fields: fields, answers: ["status \(status)"])
        }
    }

    @Test(
        "a malformed request costs its stream, not the connection",
        arguments: [
            Malformed.reset("upper-case field name", get + [("X-Name", "v")]),
            .reset("connection field", get + [("connection", "close")]),
            .reset("transfer-encoding field", get + [("transfer-encoding", "chunked")]),
            .reset("te other than trailers", get + [("te", "gzip")]),
            .reset("unknown pseudo-header field", [(":x", "y")] + get),
            .reset("response pseudo-header field", [(":status", "200")] + get),
            .reset("pseudo-header field behind a field", [("x", "y")] + get),
            .reset("repeated :path", get + [(":path", "/b")]),
            .reset("no :method", Array(get.dropFirst())),
            .reset("empty :path", [(":method", "GET"), (":scheme", "http"), (":path", ""), (":authority", "f")]),
            .reset("line end in a value", get + [("x", "a\r\nb: c")]),
            .reset("line end in the path", [(":method", "GET"), (":scheme", "http"), (":path", "/\r\nx: y")]),
            .refused("Host that contradicts :authority", get + [("host", "other")]),
            .refused("no authority at all", Array(get.dropLast())),
            .refused("user information in :authority", get.dropLast() + [(":authority", "u:p@f")]),
            .refused(
                "path without a slash", [(":method", "GET"), (":scheme", "http"), (":path", "a"), (":authority", "f")]),
            .refused("several content lengths", get + [("content-length", "0"), ("content-length", "0")]),
        ])
    func malformed(_ request: Malformed) async throws {
        try await RunningRiffle.run { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                try await client.request(1, request.fields)
                let answer = await client.answer(on: 1)
                #expect(request.answers.contains(answer ?? "none"), "\(answer ?? "none")")
                try await client.request(3, Self.get)
                #expect(await client.answer(on: 3) == "status 200")
            }
        }
    }

    @Test("a body that is not as long as announced is a protocol error")
    func wrongLength() async throws {
        try await RunningRiffle.run { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                let put = [(":method", "PUT")] + Self.get.dropFirst() + [("content-length", "10")]
                try await client.request(1, put, ends: false)
                try await client.send(1, .data(.init(data: .byteBuffer(ByteBuffer(string: "abc")), endStream: true)))
                #expect(await client.answer(on: 1) == "reset \(HTTP2ErrorCode.protocolError)")
            }
        }
    }

    @Test("a client that opens and resets streams in a flood is sent away")
    func rapidReset() async throws {
        try await RunningRiffle.run { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                for index in 0..<400 {
                    let stream = HTTP2StreamID(index * 2 + 1)
                    try await client.request(stream, [(":method", "PUT")] + Self.get.dropFirst(), ends: false)
                    try await client.send(stream, .rstStream(.cancel))
                }
                #expect(await client.goAway() == .enhanceYourCalm)
            }
        }
    }

    @Test("a client that floods with PING is sent away")
    func pings() async throws {
        try await RunningRiffle.run { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                for index in 0..<400 {
                    try await client.send(.rootStream, .ping(HTTP2PingData(withInteger: UInt64(index)), ack: false))
                }
                #expect(await client.goAway() == .enhanceYourCalm)
            }
        }
    }

    @Test(
        "a client that floods with frames that bring nothing is sent away",
        arguments: [
            HTTP2Frame.FramePayload.windowUpdate(windowSizeIncrement: 1), .data(.init(data: .byteBuffer(ByteBuffer()))),
        ])
    func idleFrames(_ payload: HTTP2Frame.FramePayload) async throws {
        try await RunningRiffle.run { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                try await client.request(1, [(":method", "PUT")] + Self.get.dropFirst(), ends: false)
                for _ in 0..<HTTP2Limits.idleFrames * 2 { try? await client.send(1, payload) }
                #expect(await client.goAway() == .enhanceYourCalm)
            }
        }
    }

    @Test("a client that makes room with every frame it reads is served as long as it reads")
    func windowUpdates() async throws {
        try await RunningRiffle.run { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                for index in 0..<HTTP2Limits.idleFrames {
                    let stream = HTTP2StreamID(index * 2 + 1)
                    try await client.request(stream, Self.get)
                    try await client.send(.rootStream, .windowUpdate(windowSizeIncrement: 5))
                    try await client.send(stream, .windowUpdate(windowSizeIncrement: 5))
                    try #require(await client.answer(on: stream) == "status 200")
                }
            }
        }
    }

    @Test("a client that reads a large body in small pieces may make room for each of them")
    func smallReads() async throws {
        let size = 8 << 20
        let piece = 2 << 10
        try await RunningRiffle.run { riffle in
            try Data(count: size).write(to: riffle.tree.appending(path: "large"))
            try await FrameClient.run(port: riffle.port) { client in
                // Room enough that frames are as large as they may be.
                let window = HTTP2Setting(parameter: .initialWindowSize, value: size)
                try await client.send(.rootStream, .settings(.settings([window])))
                try await client.send(.rootStream, .windowUpdate(windowSizeIncrement: size))
                try await client.request(1, Self.get.map { $0 == ":path" ? ($0, "/large") : ($0, $1) })
                var received = 0
                while received < size {
                    let next = await client.first { frame -> Int? in
                        guard case .data(let data) = frame.payload else { return nil }
                        return data.data.readableBytes
                    }
                    let bytes = try #require(next)
                    received += bytes
                    for taken in stride(from: 0, to: bytes, by: piece) {
                        let room = HTTP2Frame.FramePayload.windowUpdate(windowSizeIncrement: min(piece, bytes - taken))
                        try await client.send(.rootStream, room)
                        try await client.send(1, room)
                    }
                }
                try await client.request(3, Self.get)
                #expect(await client.answer(on: 3) == "status 200")
            }
        }
    }

    @Test("at shutdown clients are told to go, and a request in flight is answered")
    func drain() async throws {
        try await RunningRiffle.run { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                try await client.request(1, [(":method", "PUT")] + Self.get.dropFirst(), ends: false)
                try await client.send(1, .data(.init(data: .byteBuffer(ByteBuffer(string: "new")))))
                try await client.request(3, Self.get)
                #expect(await client.answer(on: 3) == "status 200")
                await riffle.group.triggerGracefulShutdown()
                #expect(await client.goAway() == .noError)
                try await client.send(1, .data(.init(data: .byteBuffer(ByteBuffer(string: "er")), endStream: true)))
                #expect(await client.answer(on: 1) == "status 204")
                #expect(await client.first { _ in nil as Int? } == nil)
            }
        }

    }
}
