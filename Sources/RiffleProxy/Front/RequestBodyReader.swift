import NIOCore
import NIOHTTP1
import RiffleHTTP

/// Takes a request body out of the connection's bytes, strictly (RFC 9112 §6–7): no I/O, no buffering of its own.
struct RequestBodyReader {
    enum Event: Equatable {
        case data(ByteBuffer)
        case end
        case needMore
        case malformed
    }

    /// Bytes of a chunk-size line with its extensions, and of all trailer fields together.
    static let maximumLine = 1_024
    static let maximumTrailers = 8_192

    private enum State {
        case length(Int)
        case chunkSize
        case chunkData(Int)
        case chunkEnd
        case trailers(read: Int)
        case done
        case failed
    }

    private var state: State
    /// Fields behind the last chunk, where there are any.
    private(set) var trailers: HTTPHeaders?

    init(_ framing: Framing) {
        switch framing {
        case .none: state = .done
        case .length(let length): state = length == 0 ? .done : .length(length)
        case .chunked: state = .chunkSize
        }
    }

    var isDone: Bool {
        if case .done = state { return true }
        return false
    }

    /// The next piece of body in `buffer`, which it moves past.
    mutating func next(from buffer: inout ByteBuffer) -> Event {
        while true {
            switch state {
            case .done: return .end
            case .failed: return .malformed
            case .length(let left):
                guard let data = take(left, from: &buffer) else { return .needMore }
                state = left == data.readableBytes ? .done : .length(left - data.readableBytes)
                return .data(data)
            case .chunkSize:
                switch readChunkSize(from: &buffer) {
                case nil: return .needMore
                case .some(nil): return fail()
                case .some(.some(0)): state = .trailers(read: 0)
                case .some(.some(let size)): state = .chunkData(size)
                }
            case .chunkData(let left):
                guard let data = take(left, from: &buffer) else { return .needMore }
                state = left == data.readableBytes ? .chunkEnd : .chunkData(left - data.readableBytes)
                return .data(data)
            case .chunkEnd:
                guard buffer.readableBytes >= 2 else { return .needMore }
                guard buffer.readInteger(as: UInt16.self) == 0x0D0A else { return fail() }
                state = .chunkSize
            case .trailers(let read):
                guard let line = lineLength(in: buffer, limit: Self.maximumTrailers) else { return .needMore }
                guard line >= 0, read + line + 2 <= Self.maximumTrailers,
                    takeField(buffer.readableBytesView.prefix(line))
                else { return fail() }
                buffer.moveReaderIndex(forwardBy: line + 2)
                state = line == 0 ? .done : .trailers(read: read + line + 2)
            }
        }
    }

    private mutating func fail() -> Event {
        state = .failed
        return .malformed
    }

    private func take(_ wanted: Int, from buffer: inout ByteBuffer) -> ByteBuffer? {
        guard buffer.readableBytes > 0 else { return nil }
        return buffer.readSlice(length: min(wanted, buffer.readableBytes))
    }

    /// nil: more bytes are needed; `.some(nil)`: malformed.
    private func readChunkSize(from buffer: inout ByteBuffer) -> Int?? {
        guard let line = lineLength(in: buffer, limit: Self.maximumLine) else { return nil }
        guard line > 0 else { return .some(nil) }
        var size = 0
        var digits = 0
        for byte in buffer.readableBytesView.prefix(line) {
            guard let digit = Self.hexDigit(byte) else {
                // Extensions are allowed and ignored (RFC 9112 §7.1.1); nothing else may follow the digits.
                guard digits > 0, byte == UInt8(ascii: ";") else { return .some(nil) }
                break
            }
            digits += 1
            guard digits <= 15 else { return .some(nil) }
            size = size << 4 | digit
        }
        guard digits > 0 else { return .some(nil) }
        buffer.moveReaderIndex(forwardBy: line + 2)
        return .some(size)
    }

    /// Bytes in front of the next CRLF; -1 for a bare CR or LF or a line over `limit`; nil when more bytes are needed.
    private func lineLength(in buffer: ByteBuffer, limit: Int) -> Int? {
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
            return view.count > limit ? -1 : nil
        }
        let length = end - view.startIndex
        guard length <= limit, view[end] == 0x0D else { return -1 }
        guard end + 1 < view.endIndex else { return nil }
        return view[end + 1] == 0x0A ? length : -1
    }

    /// Takes a trailer line: empty or `field-name ":" field-value` (RFC 9112 §5), never a folded one.
    private mutating func takeField(_ line: ByteBufferView) -> Bool {
        guard !line.isEmpty else { return true }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy({ ByteScan.isToken($0) })
        else { return false }
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var value = line[(colon + 1)...].drop(while: isSpace)
        while let last = value.last, isSpace(last) { value.removeLast() }
        trailers = trailers ?? HTTPHeaders()
        trailers?.add(
            name: String(decoding: line[..<colon], as: UTF8.self), value: String(decoding: value, as: UTF8.self))
        return true
    }

    private static func hexDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x37
        case 0x61...0x66: Int(byte) - 0x57
        default: nil
        }
    }
}
