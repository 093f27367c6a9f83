import NIOCore
import NIOHPACK
import NIOHTTP2
import SlowOrigin
import Testing

@testable import RiffleProxy

@Suite("An HTTP/2 stream that goes wrong")
struct HTTP2PatienceTests {
    private func fields(_ method: String, _ path: String, _ more: [(String, String)] = []) -> [(String, String)] {
        [(":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost")] + more
    }

    private func isReset(_ frame: HTTP2Frame, _ stream: HTTP2StreamID) -> HTTP2ErrorCode? {
        guard frame.streamID == stream, case .rstStream(let code) = frame.payload else { return nil }
        return code
    }

    @Test("an answer the origin breaks off is reset, never ended as if it were whole")
    func brokenOff() async throws {
        try await RunningRiffle.run { riffle in
            var faults = Faults()
            faults.truncate = 1
            faults.onEverything = true
            riffle.origin.faults = faults
            try await FrameClient.run(port: riffle.port) { client in
                try await client.request(1, fields("GET", "/a.txt"))
                let end = await client.first { frame -> String? in
                    if let code = isReset(frame, 1) { return "reset \(code)" }
                    switch frame.payload {
                    case .data(let data) where data.endStream: return "whole"
                    case .headers(let headers) where headers.headers.first(name: ":status") == "502": return "502"
                    default: return nil
                    }
                }
                #expect(end == "reset \(HTTP2ErrorCode.internalError)" || end == "502", "\(end ?? "none")")
            }
        }
    }

    @Test("a body that stops coming is given up, and the connection serves on")
    func slowBody() async throws {
        try await RunningRiffle.run({ $0.limits.bodyTimeout = 200 }) { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                try await client.request(1, fields("PUT", "/new"), ends: false)
                try await client.send(1, .data(.init(data: .byteBuffer(ByteBuffer(string: "part")))))
                #expect(await client.answer(on: 1) == "status 408")
                try await client.request(3, fields("PROPFIND", "/", [("depth", "1")]), ends: false)
                #expect(await client.answer(on: 3) == "status 408")
                try await client.request(5, fields("GET", "/a.txt"))
                #expect(await client.answer(on: 5) == "status 200")
            }
        }
    }

    @Test("a client that asks and gives no room for the answer is reset")
    func noRoom() async throws {
        try await RunningRiffle.run({ $0.limits.bodyTimeout = 200 }) { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                let noWindow = HTTP2Setting(parameter: .initialWindowSize, value: 0)
                try await client.send(.rootStream, .settings(.settings([noWindow])))
                try await client.request(1, fields("GET", "/a.txt"))
                #expect(await client.first { isReset($0, 1) } == .cancel)
            }
        }
    }

    @Test("a client that takes no answers out of memory is sent away")
    func untakenHits() async throws {
        try await RunningRiffle.run({ $0.limits.bodyTimeout = 300 }) { riffle in
            let propfind = fields("PROPFIND", "/", [("depth", "1")])
            try await FrameClient.run(port: riffle.port) { client in
                try await client.request(1, propfind)
                #expect(await client.answer(on: 1) == "status 207")
            }
            try await FrameClient.run(port: riffle.port) { client in
                let noWindow = HTTP2Setting(parameter: .initialWindowSize, value: 0)
                try await client.send(.rootStream, .settings(.settings([noWindow])))
                try await client.request(1, propfind)
                #expect(await client.answer(on: 1) == "status 207")
                #expect(await client.first { _ in nil as Int? } == nil)
            }
        }
    }

    @Test("a connection without requests ends when its time is over, and says so")
    func idle() async throws {
        try await RunningRiffle.run({ $0.limits.idleTimeout = 1_000 }) { riffle in
            try await FrameClient.run(port: riffle.port) { client in
                #expect(await client.goAway() == .noError)
            }
        }
    }
}
