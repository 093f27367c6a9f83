import NIOCore

/// The header a load balancer puts in front of a connection to say whose it is: the PROXY protocol, version 1 (a line) and
/// version 2 (binary). Pure; it is read only from addresses the operator trusts.
enum ProxyHeader {
    enum Parse: Equatable {
        case needMore
        case malformed
        /// The header is whole and was moved past; the client's address, nil when the balancer speaks for itself.
        case client(String?)
    }

    /// A line of version 1 with its line end.
    private static let longestLine = 107
    /// Addresses and extensions of version 2; far more than anybody sends.
    private static let longestBlock = 4_096
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    static func parse(_ buffer: inout ByteBuffer) -> Parse {
        guard let first = buffer.readableBytesView.first else { return .needMore }
        return first == signature[0] ? parseBinary(&buffer) : parseLine(&buffer)
    }

    /// `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n`
    private static func parseLine(_ buffer: inout ByteBuffer) -> Parse {
        let view = buffer.readableBytesView
        let start = Array("PROXY ".utf8)
        guard zip(view, start).allSatisfy({ $0 == $1 }) else { return .malformed }
        guard let end = view.prefix(longestLine).firstIndex(of: UInt8(ascii: "\n")) else {
            return view.count >= longestLine ? .malformed : .needMore
        }
        let length = end - view.startIndex + 1
        guard length >= 2, view[end - 1] == UInt8(ascii: "\r"),
            let line = buffer.readString(length: length)?.dropLast(1)
        else { return .malformed }
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2 else { return .malformed }
        switch (words[1], words.count) {
        case ("UNKNOWN", _): return .client(nil)
        case ("TCP4", 6), ("TCP6", 6):
            guard let address = try? SocketAddress(ipAddress: String(words[2]), port: 0),
                (words[1] == "TCP4") == (address.protocol == .inet), let port = UInt16(words[4]), port > 0
            else { return .malformed }
            return .client(address.ipAddress)
        default: return .malformed
        }
    }

    /// Signature, version and command, family, length of the rest, addresses.
    private static func parseBinary(_ buffer: inout ByteBuffer) -> Parse {
        let view = buffer.readableBytesView
        guard zip(view, signature).allSatisfy({ $0 == $1 }) else { return .malformed }
        let start = buffer.readerIndex
        guard let command: UInt8 = buffer.getInteger(at: start + 12),
            let family: UInt8 = buffer.getInteger(at: start + 13),
            let length: UInt16 = buffer.getInteger(at: start + 14)
        else { return .needMore }
        guard command >> 4 == 2, command & 15 <= 1, length <= longestBlock else { return .malformed }
        guard buffer.readableBytes >= 16 + Int(length) else { return .needMore }
        buffer.moveReaderIndex(forwardBy: 16)
        guard let block = buffer.readSlice(length: Int(length)) else { return .needMore }
        // LOCAL: the balancer's own connection, as for a health check.
        guard command & 15 == 1 else { return .client(nil) }
        switch family >> 4 {
        case 1: return address(block, bytes: 4, both: 12)
        case 2: return address(block, bytes: 16, both: 36)
        default: return .client(nil)
        }
    }

    private static func address(_ block: ByteBuffer, bytes: Int, both: Int) -> Parse {
        guard block.readableBytes >= both, let packed = block.getSlice(at: block.readerIndex, length: bytes),
            let address = try? SocketAddress(packedIPAddress: packed, port: 0)
        else { return .malformed }
        return .client(address.ipAddress)
    }
}
