import NIOCore
import NIOHPACK

/// One HTTP/2 connection as its client sees it, one request after the other. No I/O: bytes come in by ``feed(_:)``, what has
/// to be said of itself leaves by ``takeControl()``.
struct HTTP2Link {
    /// Fields of an answer in more bytes than this are no answer.
    private static let maxFieldBytes = 256 << 10
    /// Bytes of bodies after which the connection's window is opened again.
    private static let replenishAt = 1 << 30
    /// A connection does not run out of numbers; it is replaced before.
    private static let lastStream: UInt32 = 0x7FFF_FF00

    private enum Reading {
        case header
        case payload(Frame)
    }

    private struct Frame {
        var kind: HTTP2Frame.Kind?
        var flags: UInt8
        var stream: UInt32
        var length: Int
        /// What has not been seen of a body; other payloads are gathered whole.
        var left: Int
    }

    private var reading = Reading.header
    private var gathered: [UInt8] = []
    private var block: [UInt8] = []
    private var blockEndsStream = false
    private var decoder: HPACKDecoder
    private var control = HTTP2Frame.preface
    private var stream: UInt32 = 0
    private var received = 0
    private var sendWindow = HTTP2Frame.initialWindow
    private var goingAway = false
    private var ended = false
    private(set) var status = 0
    private(set) var label = OutcomeLabel.none

    init() {
        decoder = HPACKDecoder(allocator: ByteBufferAllocator(), maxDynamicTableSize: 0)
    }

    /// Whether another request with a body of that size may go out.
    func canCarry(body: Int) -> Bool { !goingAway && stream < Self.lastStream && sendWindow >= body }

    /// The number of the next request's stream.
    mutating func begin(body: Int) -> UInt32 {
        stream = stream == 0 ? 1 : stream + 2
        sendWindow -= body
        status = 0
        label = .none
        ended = false
        return stream
    }

    mutating func takeControl() -> [UInt8] {
        defer { control.removeAll() }
        return control
    }

    mutating func feed(_ bytes: UnsafeRawBufferPointer) -> Connection.Fed {
        var index = 0
        while index < bytes.count {
            switch reading {
            case .header:
                let taken = min(HTTP2Frame.headerLength - gathered.count, bytes.count - index)
                gathered.append(contentsOf: bytes[index..<index + taken])
                index += taken
                guard gathered.count == HTTP2Frame.headerLength else { break }
                guard let frame = header() else { return .failed }
                gathered.removeAll(keepingCapacity: true)
                reading = .payload(frame)
                if frame.length == 0, !finish(frame) { return .failed }
            case .payload(var frame):
                let taken = min(frame.left, bytes.count - index)
                if frame.kind != .data { gathered.append(contentsOf: bytes[index..<index + taken]) }
                index += taken
                frame.left -= taken
                reading = .payload(frame)
                if frame.left == 0, !finish(frame) { return .failed }
            }
        }
        guard ended else { return .more }
        ended = false
        return .complete
    }

    private func header() -> Frame? {
        let length = Int(gathered[0]) << 16 | Int(gathered[1]) << 8 | Int(gathered[2])
        let stream = gathered[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        guard length <= RequestSet.maxFrameBytes else { return nil }
        return Frame(
            kind: HTTP2Frame.Kind(rawValue: gathered[3]), flags: gathered[4], stream: stream, length: length,
            left: length)
    }

    /// A frame is whole; false when it can't be.
    private mutating func finish(_ frame: Frame) -> Bool {
        defer {
            gathered.removeAll(keepingCapacity: true)
            reading = .header
        }
        switch frame.kind {
        case .data:
            received += frame.length
            if received >= Self.replenishAt {
                control += HTTP2Frame.windowUpdate(received)
                received = 0
            }
            if frame.stream == stream, frame.flags & HTTP2Frame.endStream != 0 { ended = true }
        case .headers:
            block.removeAll(keepingCapacity: true)
            blockEndsStream = frame.flags & HTTP2Frame.endStream != 0
            guard let fragment = fragment(frame) else { return false }
            block += fragment
            if frame.flags & HTTP2Frame.endHeaders != 0 { return fields(frame.stream) }
        case .continuation:
            block += gathered
            guard block.count <= Self.maxFieldBytes else { return false }
            if frame.flags & HTTP2Frame.endHeaders != 0 { return fields(frame.stream) }
        case .resetStream: return frame.stream != stream
        case .settings:
            if frame.flags & HTTP2Frame.acknowledge == 0 {
                control += HTTP2Frame.frame(.settings, flags: HTTP2Frame.acknowledge)
            }
        case .ping:
            if frame.flags & HTTP2Frame.acknowledge == 0 {
                control += HTTP2Frame.frame(.ping, flags: HTTP2Frame.acknowledge, gathered)
            }
        case .goAway: goingAway = true
        case .windowUpdate:
            guard gathered.count == 4 else { return false }
            if frame.stream == 0 {
                sendWindow += Int(gathered.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF)
            }
        case .pushPromise: return false
        case .priority, nil: break
        }
        return true
    }

    /// A HEADERS payload without padding and priority (RFC 9113 §6.2).
    private func fragment(_ frame: Frame) -> ArraySlice<UInt8>? {
        var rest = gathered[...]
        var padding = 0
        if frame.flags & HTTP2Frame.padded != 0 {
            guard let first = rest.popFirst() else { return nil }
            padding = Int(first)
        }
        if frame.flags & HTTP2Frame.priority != 0 { rest = rest.dropFirst(5) }
        return rest.count >= padding ? rest.dropLast(padding) : nil
    }

    /// Decodes a whole block: every one, even of no interest, or the decoder loses its place.
    private mutating func fields(_ number: UInt32) -> Bool {
        var buffer = ByteBuffer(bytes: block)
        guard let fields = try? decoder.decodeHeaders(from: &buffer) else { return false }
        guard number == stream else { return true }
        if blockEndsStream { ended = true }
        // Trailers have no status; interim answers (RFC 9110 §15.2) precede the one that counts.
        guard let text = fields.first(name: ":status") else { return status != 0 }
        guard let code = Int(text), (100...599).contains(code) else { return false }
        guard code >= 200 else { return true }
        status = code
        if let value = fields[canonicalForm: "cache-status"].last {
            let bytes = Array(value.utf8)
            label = bytes.withUnsafeBytes { OutcomeLabel.parse($0, 0..<$0.count) }
        }
        return true
    }
}
