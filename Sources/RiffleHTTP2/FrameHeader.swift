/// The number of a stream; 0 is the connection itself (RFC 9113 §5.1.1).
package typealias StreamID = UInt32

package enum FrameKind: UInt8, Sendable {
    case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
}

package struct FrameFlags: OptionSet, Sendable {
    package let rawValue: UInt8

    @inlinable
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable package static var endStream: FrameFlags { FrameFlags(rawValue: 0x1) }
    /// Of SETTINGS and PING.
    @inlinable package static var ack: FrameFlags { FrameFlags(rawValue: 0x1) }
    @inlinable package static var endHeaders: FrameFlags { FrameFlags(rawValue: 0x4) }
    @inlinable package static var padded: FrameFlags { FrameFlags(rawValue: 0x8) }
    @inlinable package static var priority: FrameFlags { FrameFlags(rawValue: 0x20) }
}

/// The nine bytes in front of each frame (RFC 9113 §4.1), and what they alone show to be wrong (§4.2, §6).
package struct FrameHeader: Sendable, Equatable {
    package static let size = 9
    /// Longest payload either side sends: nobody is asked to take more than every peer must (§4.2).
    package static let largestPayload = 16_384
    package static let largestStream: StreamID = 0x7FFF_FFFF

    package var length: Int
    /// nil for a kind this side does not know, to be passed over (§5.5).
    package var kind: FrameKind?
    package var flags: FrameFlags
    package var stream: StreamID

    package init(_ kind: FrameKind, _ flags: FrameFlags = [], stream: StreamID = 0, length: Int) {
        self.length = length
        self.kind = kind
        self.flags = flags
        self.stream = stream
    }

    /// - Parameter bytes: at least ``size`` of them.
    package init(_ bytes: UnsafeRawBufferPointer) {
        length = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
        kind = FrameKind(rawValue: bytes[3])
        flags = FrameFlags(rawValue: bytes[4])
        // The first bit is reserved and means nothing.
        stream = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 5, as: UInt32.self)) & Self.largestStream
    }

    /// - Parameter output: at least ``size`` bytes.
    package func write(into output: UnsafeMutableRawBufferPointer) {
        output[0] = UInt8(truncatingIfNeeded: length >> 16)
        output[1] = UInt8(truncatingIfNeeded: length >> 8)
        output[2] = UInt8(truncatingIfNeeded: length)
        output[3] = kind?.rawValue ?? 0xFF
        output[4] = flags.rawValue
        output.storeBytes(of: stream.bigEndian, toByteOffset: 5, as: UInt32.self)
    }

    /// What ends the connection before the payload is looked at; nil when the header is sound.
    package var fault: ErrorCode? {
        guard length <= Self.largestPayload else { return .frameSizeError }
        switch kind {
        case .data, .headers, .continuation: return stream == 0 ? .protocolError : nil
        case .priority: return stream == 0 ? .protocolError : length == 5 ? nil : .frameSizeError
        case .reset: return stream == 0 ? .protocolError : length == 4 ? nil : .frameSizeError
        case .settings:
            guard stream == 0 else { return .protocolError }
            return length % PeerSettings.entry == 0 && (length == 0 || !flags.contains(.ack)) ? nil : .frameSizeError
        case .pushPromise: return .protocolError
        case .ping: return stream != 0 ? .protocolError : length == 8 ? nil : .frameSizeError
        case .goAway: return stream != 0 ? .protocolError : length >= 8 ? nil : .frameSizeError
        case .windowUpdate: return length == 4 ? nil : .frameSizeError
        case nil: return nil
        }
    }

    /// Whether the frame says that its stream depends on itself, which nobody can mean (RFC 7540 §5.3.1). RFC 9113 has given
    /// priorities up, and riffle reads nothing else of them.
    package func dependsOnItself(_ payload: UnsafeRawBufferPointer) -> Bool {
        let start: Int
        switch kind {
        case .priority: start = 0
        case .headers where flags.contains(.priority): start = flags.contains(.padded) ? 1 : 0
        default: return false
        }
        guard payload.count >= start + 4 else { return false }
        let dependency = UInt32(bigEndian: payload.loadUnaligned(fromByteOffset: start, as: UInt32.self))
        return dependency & 0x7FFF_FFFF == stream
    }

    /// Where in the payload of DATA or HEADERS the content stands, without padding (§6.1) and priority (§6.2).
    ///
    /// - Returns: nil when there is less of it than padding and priority take.
    package func content(firstByte: UInt8) -> Range<Int>? {
        var start = 0
        var end = length
        if flags.contains(.padded) {
            guard length > 0 else { return nil }
            start = 1
            end -= Int(firstByte)
        }
        if kind == .headers, flags.contains(.priority) { start += 5 }
        return start <= end ? start..<end : nil
    }
}
