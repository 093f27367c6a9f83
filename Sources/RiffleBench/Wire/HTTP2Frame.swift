/// The frame layer of HTTP/2 (RFC 9113 §4, §6), as far as a client of plain requests needs it.
enum HTTP2Frame {
    enum Kind: UInt8 {
        case data = 0, headers, priority, resetStream, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    static let headerLength = 9
    static let endStream: UInt8 = 0x1
    static let acknowledge: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8
    static let priority: UInt8 = 0x20
    /// The error code of a stream that its client no longer wants (RFC 9113 §7).
    static let cancel: UInt32 = 0x8
    /// As far as a window can be opened.
    static let largestWindow = Int(Int32.max)
    /// What a connection's windows begin with.
    static let initialWindow = 65_535

    @inline(__always)
    static func header(length: Int, _ kind: Kind, flags: UInt8, stream: UInt32, at output: UnsafeMutableRawPointer) {
        output.storeBytes(
            of: UInt32(truncatingIfNeeded: length << 8).bigEndian | UInt32(kind.rawValue).bigEndian, as: UInt32.self)
        output.storeBytes(of: flags, toByteOffset: 4, as: UInt8.self)
        output.storeBytes(of: stream.bigEndian, toByteOffset: 5, as: UInt32.self)
    }

    static func frame(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: headerLength)
        header.withUnsafeMutableBytes { bytes in
            if let base = bytes.baseAddress {
                self.header(length: payload.count, kind, flags: flags, stream: stream, at: base)
            }
        }
        return header + payload
    }

    static func windowUpdate(_ increment: Int) -> [UInt8] { frame(.windowUpdate, bigEndian(UInt32(increment))) }

    /// What a client says first: no table to keep for the peer's sake, no pushes, windows that never close.
    static var preface: [UInt8] {
        let settings: [(UInt16, UInt32)] = [(1, 0), (2, 0), (4, UInt32(largestWindow))]
        let payload = settings.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] + bigEndian($1) }
        return Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(.settings, payload)
            + windowUpdate(largestWindow - initialWindow)
    }

    static func bigEndian(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
}
