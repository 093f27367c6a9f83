import NIOCore
import RiffleHTTP2

@testable import RiffleProxy

/// What an HTTP/2 client sends, byte for byte, however wrong; and what it gets, in words.
struct RawFrames: Sendable {
    static let get = [(":method", "GET"), (":scheme", "http"), (":path", "/a.txt"), (":authority", "localhost")]
    static let put = [(":method", "PUT")] + get.dropFirst()

    private(set) var bytes: [UInt8]

    /// - Parameter settings: what the client says first; nil when it forgets to.
    init(settings: [UInt8]? = []) {
        bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        if let settings { add(.settings, payload: settings) }
    }

    mutating func add(
        _ kind: FrameKind, _ flags: FrameFlags = [], stream: StreamID = 0, length: Int? = nil, payload: [UInt8] = []
    ) {
        var header = [UInt8](repeating: 0, count: FrameHeader.size)
        let frame = FrameHeader(kind, flags, stream: stream, length: length ?? payload.count)
        header.withUnsafeMutableBytes { frame.write(into: $0) }
        bytes += header + payload
    }

    mutating func add(raw: [UInt8]) { bytes += raw }

    mutating func request(
        _ stream: StreamID, _ fields: [(String, String)] = get, _ flags: FrameFlags = [.endStream, .endHeaders]
    ) {
        add(.headers, flags, stream: stream, payload: Self.block(fields))
    }

    static func block(_ fields: [(String, String)]) -> [UInt8] {
        var writer = HPACKWriter()
        for (name, value) in fields {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { writer.field(name: name, value: $0) }
            }
        }
        return writer.bytes
    }

    static func number(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// Sends everything, then a PING that is none, which ends the connection in any case.
    ///
    /// - Returns: in words what came, but for windows and settings.
    func answers(from port: Int) async throws -> [String] {
        var asking = self
        asking.add(.ping, payload: [1])
        var received = try await PlainSocket.exchange(ByteBuffer(bytes: asking.bytes), port)
        var words: [String] = []
        var decoder = HPACKDecoder()
        let list = FieldList(limit: 64 << 10)
        while let start = received.readBytes(length: FrameHeader.size) {
            let header = start.withUnsafeBytes { FrameHeader($0) }
            guard var payload = received.readSlice(length: header.length) else { break }
            switch header.kind {
            case .headers:
                let fault = payload.withUnsafeReadableBytes { decoder.decode($0, into: list) }
                words.append(fault.map { "unreadable: \($0)" } ?? "\(header.stream) \(list.lines.first ?? "")")
            case .reset: words.append("\(header.stream) reset \(Self.code(&payload))")
            case .goAway:
                payload.moveReaderIndex(forwardBy: 4)
                words.append("goAway \(Self.code(&payload))")
            case .ping: words.append(header.flags.contains(.ack) ? "ping acknowledged" : "ping")
            default: break
            }
        }
        return words
    }

    private static func code(_ payload: inout ByteBuffer) -> String {
        payload.readInteger(as: UInt32.self).flatMap { ErrorCode(rawValue: $0) }.map { "\($0)" } ?? "none"
    }
}
