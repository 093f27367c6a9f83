import Testing

@testable import RiffleHTTP2

@Suite("Rules of a connection")
struct ConnectionRuleTests {
    private func apply(_ payload: String, to settings: inout PeerSettings) -> Result<Int, ErrorCode> {
        hex(payload).withUnsafeBytes { settings.apply($0) }
    }

    @Test("the last of several values counts, and says by how much windows change")
    func settings() {
        var settings = PeerSettings()
        #expect(apply("0004 00000064 0004 00000001 00ff 00000009", to: &settings) == .success(1 - 65_535))
        #expect(settings.initialWindow == 1 && !settings.wantsSmallerTable)
        #expect(apply("0001 00000000", to: &settings) == .success(0))
        #expect(settings.wantsSmallerTable)
    }

    @Test(
        "values that cannot be are refused",
        arguments: [
            ("0002 00000002", ErrorCode.protocolError), ("0004 80000000", .flowControlError),
            ("0005 00003fff", .protocolError), ("0005 01000000", .protocolError),
        ])
    func impossible(payload: String, code: ErrorCode) {
        var settings = PeerSettings()
        #expect(apply(payload, to: &settings) == .failure(code))
    }

    @Test("a window to send in can shrink below nothing, and not grow beyond its bound")
    func sendWindow() {
        var window = SendWindow(3)
        window.take(3)
        #expect(window.grow(by: -1) == true)
        #expect(window.room == -1)
        #expect(window.grow(by: 0x7FFF_FFFF) == true)
        #expect(window.room == 0x7FFF_FFFE)
        #expect(window.grow(by: 2) == false)
    }

    @Test("room is given back when half of the window is used up")
    func receiveWindow() {
        var window = ReceiveWindow(size: 100)
        #expect(window.receive(100) == true)
        #expect(window.consume(49) == nil)
        #expect(window.consume(1) == 50)
        #expect(window.receive(50) == true)
        #expect(window.receive(1) == false)
    }

    @Test("streams are opened upwards by odd numbers; of those without state it is known how they ended")
    func ledger() {
        var ledger = StreamLedger()
        let opened = ([2, 5, 3, 5] as [StreamID]).map { ledger.open($0) }
        #expect(opened == [false, true, false, false])
        #expect(([7, 5, 3] as [StreamID]).map { ledger.standing(of: $0) } == [.idle, .closed, .closed])
        ledger.giveUp(5)
        #expect(ledger.standing(of: 5) == .givenUp)
        for stream in 0..<300 as Range<StreamID> { ledger.giveUp(stream * 2 + 101) }
        #expect(ledger.standing(of: 5) == .closed)
    }

    @Test("so many frames of a kind in a while, and again in the next")
    func rate() {
        var rate = FrameRate(2, in: 1_000)
        let times: [Int64] = [0, 1_000, 1_000, 1_001]
        #expect(times.map { rate.receivedOne(at: $0) } == [true, true, false, true])
    }

    @Test("frames that bring nothing are weighed against what was sent")
    func idleFrames() {
        var frames = IdleFrames(1)
        frames.sent(frames: 2, body: 2_048)
        let allowed = (0..<20).prefix { _ in frames.receivedOne() }.count
        #expect(allowed == 9)
    }
}
