import NIOCore
import RiffleHTTP

/// What is read piece by piece: bodies, the header of a load balancer, the replies of Redis. However the bytes are cut,
/// they mean the same.
enum BodyFuzz {
    static func body(_ bytes: UnsafeRawBufferPointer) {
        let whole = read(bytes, piece: bytes.count)
        for piece in [1, 3, 64] {
            let parts = read(bytes, piece: piece)
            claim(parts.outcome == whole.outcome, "\(whole.outcome) at once, \(parts.outcome) in pieces of \(piece)")
            claim(whole.outcome != .end || parts.body == whole.body, "another body in pieces of \(piece)")
            claim(whole.outcome != .end || parts.left == whole.left, "another end in pieces of \(piece)")
        }
    }

    private enum Outcome: Equatable {
        case end, needMore, malformed
    }

    private static func read(_ bytes: UnsafeRawBufferPointer, piece: Int)
        -> (outcome: Outcome, body: [UInt8], left: Int)
    {
        var reader = RequestBodyReader(.chunked)
        var buffer = ByteBuffer()
        var body: [UInt8] = []
        var offset = 0
        while true {
            switch reader.next(from: &buffer) {
            case .data(let part): body += part.readableBytesView
            case .end: return (.end, body, buffer.readableBytes + bytes.count - offset)
            case .malformed: return (.malformed, body, 0)
            case .needMore:
                guard offset < bytes.count else { return (.needMore, body, 0) }
                let end = min(bytes.count, offset + max(1, piece))
                buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
                offset = end
            }
        }
    }

    static func proxy(_ bytes: UnsafeRawBufferPointer) {
        var whole = ByteBuffer(bytes: bytes)
        let answer = ProxyHeader.parse(&whole)
        guard case .client = answer else { return }
        let used = bytes.count - whole.readableBytes
        claim(used > 0, "a header without bytes")
        var alone = ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<used]))
        claim(ProxyHeader.parse(&alone) == answer && alone.readableBytes == 0, "two readings of one header")
        for end in 0..<used {
            var part = ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            claim(ProxyHeader.parse(&part) == .needMore, "not patient after \(end) of \(used) bytes")
        }
    }

    /// A coded body never gives more at a time than it was asked for.
    static func gzip(_ bytes: UnsafeRawBufferPointer) {
        guard let reader = GzipReader() else { return }
        var input = ByteBuffer(bytes: bytes)
        var plain = 0
        while plain < 1 << 20 {
            var out = ByteBuffer()
            guard let isDone = try? reader.read(&input, limit: 4_096, into: &out) else { return }
            claim(out.readableBytes <= 4_096, "\(out.readableBytes) bytes where 4096 were asked for")
            plain += out.readableBytes
            if isDone { break }
            claim(out.readableBytes > 0, "no progress")
        }
        if reader.isComplete { claim(input.readableBytes == 0 || plain >= 1 << 20, "complete before its end") }
    }

    static func redis(_ bytes: UnsafeRawBufferPointer) {
        var limits = ReplyDecoder.Limits()
        limits.unfinished = 4_096
        limits.bytes = 4_096
        limits.elements = 64
        let whole = replies(bytes, piece: bytes.count, limits)
        // A cut may let more replies out before the stream breaks, never other ones.
        let parts = replies(bytes, piece: 7, limits)
        claim(zip(whole, parts).allSatisfy { $0 == $1 }, "other replies in pieces")
    }

    private static func replies(_ bytes: UnsafeRawBufferPointer, piece: Int, _ limits: ReplyDecoder.Limits) -> [Reply] {
        guard let decoder = ReplyDecoder(limits: limits) else { return [] }
        var found: [Reply] = []
        var offset = 0
        do {
            while offset < bytes.count {
                let end = min(bytes.count, offset + max(1, piece))
                try decoder.feed(ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: bytes[offset..<end])))
                offset = end
                while let reply = try decoder.next() { found.append(reply) }
            }
        } catch {
            return found
        }
        return found
    }
}
