import NIOCore
import RiffleHTTP2
import Testing

@testable import RiffleProxy

@Suite("What a stream has to send")
struct OutgoingBodyTests {
    private func next(_ body: inout OutgoingBody, room: Int = 1_000_000) -> String {
        switch body.next(room: room) {
        case .data(let bytes, let ends): "\(bytes.readableBytes)\(ends ? " end" : "")"
        case .trailers: "trailers"
        case nil: "nothing"
        }
    }

    @Test("leaves in frames within both windows, and the last ends it")
    func frames() {
        var body = OutgoingBody(window: 20_000)
        body.append(ByteBuffer(repeating: 1, count: 17_000))
        body.append(ByteBuffer(repeating: 2, count: 5_000))
        #expect(body.isReady && body.unsent == 22_000)
        #expect(self.next(&body) == "16384")
        #expect(self.next(&body, room: 100) == "100")
        #expect(self.next(&body) == "516")
        #expect(self.next(&body, room: 0) == "nothing")
        #expect(body.isReady)
        #expect(self.next(&body) == "3000")
        #expect(!body.isReady)
        #expect(self.next(&body) == "nothing")
        body.finish()
        #expect(body.window.grow(by: 10_000) == true)
        #expect(self.next(&body) == "2000 end")
        #expect(body.isSent && !body.isReady)
    }

    @Test("an end without body needs no room")
    func end() {
        var body = OutgoingBody(window: 0)
        body.finish()
        #expect(self.next(&body, room: 0) == "0 end")
        body = OutgoingBody(window: 0)
        body.finish(trailers: [1])
        #expect(body.isReady)
        #expect(self.next(&body, room: 0) == "trailers")
        #expect(body.isSent)
    }

    @Test("nothing comes behind the end")
    func behind() {
        var body = OutgoingBody(window: 100)
        body.endedByHead()
        body.append(ByteBuffer(repeating: 1, count: 5))
        body.finish()
        #expect(body.unsent == 0 && next(&body) == "nothing")
    }
}
