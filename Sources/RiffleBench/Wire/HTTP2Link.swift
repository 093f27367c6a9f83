/// One HTTP/2 connection as its client sees it: as many requests at once as it has seats and the peer allows. No I/O: bytes
/// come in by ``feed(_:)``, what has to be said of itself leaves by ``takeControl(into:)``, ends of requests by
/// ``takeEndings(into:)``.
struct HTTP2Link {
    enum Fate: Equatable {
        case answered, reset
        /// The peer goes and says that it did not begin with this one: it may be asked again elsewhere (RFC 9113 §6.8).
        case unprocessed
    }

    struct Ending: Equatable {
        var seat: Int
        var status: Int
        var label: OutcomeLabel
        var fate: Fate
    }

    /// More streams than this on one connection are refused.
    static let maxSeats = 256
    /// Fields of an answer in more bytes than this are no answer.
    private static let maxFieldBytes = 256 << 10
    /// Bytes of bodies after which the connection's window is opened again.
    private static let replenishAt = 1 << 30
    /// A connection does not run out of numbers; it is replaced before.
    private static let lastStream: UInt32 = 0x7FFF_FF00

    private enum Reading {
        case header
        case payload(Frame, left: Int)
    }

    private struct Frame {
        var kind: HTTP2Frame.Kind?
        var flags: UInt8
        var stream: UInt32
        var length: Int

        func has(_ flag: UInt8) -> Bool { flags & flag != 0 }
    }

    private struct Seat {
        /// 0 while nobody asks from it.
        var stream: UInt32 = 0
        var status = 0
        var label = OutcomeLabel.none
    }

    private var reading = Reading.header
    private var gathered: [UInt8] = []
    private var block: [UInt8] = []
    private var blockEndsStream = false
    private var answers = AnswerFields()
    private var control = HTTP2Frame.preface
    private var endings: [Ending] = []
    private var seats: [Seat]
    private var newest: UInt32 = 0
    private var received = 0
    private var uploads: Uploads
    /// Requests that have no end yet.
    private(set) var underWay = 0
    private(set) var goingAway = false
    /// How many may ask at once, once the peer has said what it allows; before, nothing should be asked.
    private(set) var allowed: Int?

    init(seats: Int = 1, body: [UInt8] = []) {
        self.seats = Array(repeating: Seat(), count: min(max(seats, 1), Self.maxSeats))
        uploads = Uploads(body: body)
    }

    var canBegin: Bool { !goingAway && newest < Self.lastStream }

    /// The number of the next request's stream, and whether its body may go right behind its fields; where not, it follows by
    /// itself as the windows allow.
    mutating func begin(seat: Int) -> (stream: UInt32, carriesBody: Bool) {
        newest = newest == 0 ? 1 : newest + 2
        seats[seat] = Seat(stream: newest)
        underWay += 1
        return (newest, uploads.begin(newest))
    }

    /// Gives up waiting.
    mutating func cancel(seat: Int) {
        guard seats[seat].stream != 0 else { return }
        reset(seats[seat].stream)
        release(seat)
    }

    mutating func takeControl(into output: inout [UInt8]) {
        uploads.send(into: &control)
        output += control
        control.removeAll(keepingCapacity: true)
    }

    /// Swapped, so that neither side allocates anew.
    mutating func takeEndings(into output: inout [Ending]) {
        output.removeAll(keepingCapacity: true)
        swap(&output, &endings)
    }

    /// False when what came can't be HTTP/2.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            switch reading {
            case .header:
                let frame: Frame
                if gathered.isEmpty, bytes.count - index >= HTTP2Frame.headerLength {
                    frame = Self.header(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                    index += HTTP2Frame.headerLength
                } else {
                    let taken = min(HTTP2Frame.headerLength - gathered.count, bytes.count - index)
                    gathered.append(contentsOf: bytes[index..<index + taken])
                    index += taken
                    guard gathered.count == HTTP2Frame.headerLength else { return true }
                    frame = gathered.withUnsafeBytes(Self.header)
                    gathered.removeAll(keepingCapacity: true)
                }
                guard frame.length <= RequestSet.maxFrameBytes else { return false }
                // A whole frame is read where it lies.
                if bytes.count - index >= frame.length {
                    let end = index + frame.length
                    guard finish(frame, UnsafeRawBufferPointer(rebasing: bytes[index..<end])) else { return false }
                    index = end
                } else {
                    reading = .payload(frame, left: frame.length)
                }
            case .payload(let frame, let left):
                let taken = min(left, bytes.count - index)
                if frame.kind != .data { gathered.append(contentsOf: bytes[index..<index + taken]) }
                index += taken
                reading = .payload(frame, left: left - taken)
                if left == taken {
                    let payload = gathered
                    guard payload.withUnsafeBytes({ finish(frame, $0) }) else { return false }
                    gathered.removeAll(keepingCapacity: true)
                    reading = .header
                }
            }
        }
        return true
    }

    @inline(__always)
    private static func header(_ bytes: UnsafeRawBufferPointer) -> Frame {
        let stream = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 5, as: UInt32.self)) & 0x7FFF_FFFF
        return Frame(
            kind: HTTP2Frame.Kind(rawValue: bytes[3]), flags: bytes[4], stream: stream,
            length: Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2]))
    }

    /// A frame is whole; false when it can't be. Of a body only the length counts: the payload may be empty.
    private mutating func finish(_ frame: Frame, _ payload: UnsafeRawBufferPointer) -> Bool {
        switch frame.kind {
        case .data:
            received += frame.length
            if received >= Self.replenishAt {
                control += HTTP2Frame.windowUpdate(received)
                received = 0
            }
            if frame.has(HTTP2Frame.endStream), let seat = seat(frame.stream) { return end(seat) }
        case .headers:
            guard let fragment = Self.fragment(frame, payload) else { return false }
            blockEndsStream = frame.has(HTTP2Frame.endStream)
            if frame.has(HTTP2Frame.endHeaders) { return fields(frame.stream, fragment) }
            block = Array(fragment)
        case .continuation:
            block += payload
            guard block.count <= Self.maxFieldBytes else { return false }
            guard frame.has(HTTP2Frame.endHeaders) else { return true }
            let whole = block
            block.removeAll()
            return whole.withUnsafeBytes { fields(frame.stream, $0) }
        case .resetStream: if let seat = seat(frame.stream) { end(seat, .reset) }
        case .settings:
            guard !frame.has(HTTP2Frame.acknowledge) else { return true }
            return settings(payload)
        case .ping:
            if !frame.has(HTTP2Frame.acknowledge) {
                control += HTTP2Frame.frame(.ping, flags: HTTP2Frame.acknowledge, Array(payload))
            }
        case .goAway:
            guard payload.count >= 8 else { return false }
            goingAway = true
            let last = UInt32(bigEndian: payload.loadUnaligned(as: UInt32.self)) & 0x7FFF_FFFF
            for seat in seats.indices where seats[seat].stream > last { end(seat, .unprocessed) }
        case .windowUpdate:
            guard payload.count == 4 else { return false }
            return uploads.opened(
                frame.stream, by: Int(UInt32(bigEndian: payload.loadUnaligned(as: UInt32.self)) & 0x7FFF_FFFF))
        case .pushPromise: return false
        case .priority, nil: break
        }
        return true
    }

    private mutating func settings(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard payload.count % 6 == 0 else { return false }
        var allowed = self.allowed ?? seats.count
        for start in stride(from: 0, to: payload.count, by: 6) {
            let value = Int(UInt32(bigEndian: payload.loadUnaligned(fromByteOffset: start + 2, as: UInt32.self)))
            switch (payload[start], payload[start + 1]) {
            // How many streams at once is taken once: seats that are given out are not taken back.
            case (0, 3) where self.allowed == nil: allowed = min(seats.count, value)
            case (0, 4):
                guard value <= HTTP2Frame.largestWindow else { return false }
                uploads.begins(with: value)
            default: break
            }
        }
        self.allowed = allowed
        control += HTTP2Frame.frame(.settings, flags: HTTP2Frame.acknowledge)
        return true
    }

    /// A HEADERS payload without padding and priority (RFC 9113 §6.2).
    private static func fragment(_ frame: Frame, _ payload: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var start = 0
        var padding = 0
        if frame.has(HTTP2Frame.padded) {
            guard let first = payload.first else { return nil }
            padding = Int(first)
            start = 1
        }
        if frame.has(HTTP2Frame.priority) { start += 5 }
        guard payload.count - start >= padding else { return nil }
        return UnsafeRawBufferPointer(rebasing: payload[start..<payload.count - padding])
    }

    private mutating func fields(_ stream: UInt32, _ block: UnsafeRawBufferPointer) -> Bool {
        guard let meaning = answers.read(block) else { return false }
        guard let seat = seat(stream) else { return true }
        // Trailers have no status; interim answers (RFC 9110 §15.2) precede the one that counts.
        if let status = meaning.status {
            if status >= 200 {
                seats[seat].status = status
                seats[seat].label = meaning.label
            }
        } else if seats[seat].status == 0 {
            return false
        }
        return blockEndsStream ? end(seat) : true
    }

    // MARK: Seats

    @inline(__always)
    private func seat(_ stream: UInt32) -> Int? {
        guard stream != 0 else { return nil }
        for index in seats.indices where seats[index].stream == stream { return index }
        return nil
    }

    /// An answer has come to its end; false when it had no status.
    private mutating func end(_ seat: Int) -> Bool {
        guard seats[seat].status != 0 else { return false }
        // Answered before all was asked: what is left of the body is nobody's any more (RFC 9113 §8.1).
        if uploads.forget(seats[seat].stream) { reset(seats[seat].stream) }
        end(seat, .answered)
        return true
    }

    private mutating func end(_ seat: Int, _ fate: Fate) {
        endings.append(Ending(seat: seat, status: seats[seat].status, label: seats[seat].label, fate: fate))
        release(seat)
    }

    private mutating func release(_ seat: Int) {
        _ = uploads.forget(seats[seat].stream)
        seats[seat].stream = 0
        underWay -= 1
    }

    private mutating func reset(_ stream: UInt32) {
        control += HTTP2Frame.frame(.resetStream, stream: stream, HTTP2Frame.bigEndian(HTTP2Frame.cancel))
    }
}
