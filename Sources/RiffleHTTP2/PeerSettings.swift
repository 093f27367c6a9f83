/// What the peer has said of itself in SETTINGS (RFC 9113 §6.5.2), as far as it binds what this side sends.
package struct PeerSettings: Sendable {
    /// Bytes of one setting.
    package static let entry = 6

    /// How much each new stream may send.
    package private(set) var initialWindow = 65_535
    /// Whether the peer wants a compression table smaller than the one it begins with; this side uses none, and has to
    /// say so then (RFC 7541 §4.2).
    package private(set) var wantsSmallerTable = false

    private static let largestWindow = 0x7FFF_FFFF

    package init() {}

    /// Takes in the payload of one SETTINGS frame, whose length is a multiple of ``entry``.
    ///
    /// - Returns: by how much the windows of open streams change (§6.9.2).
    package mutating func apply(_ payload: UnsafeRawBufferPointer) -> Result<Int, ErrorCode> {
        let before = initialWindow
        for offset in stride(from: 0, to: payload.count - Self.entry + 1, by: Self.entry) {
            let name = UInt16(bigEndian: payload.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            let value = Int(UInt32(bigEndian: payload.loadUnaligned(fromByteOffset: offset + 2, as: UInt32.self)))
            switch name {
            case 0x1: if value < DynamicTable.defaultLimit { wantsSmallerTable = true }
            case 0x2: if value > 1 { return .failure(.protocolError) }
            case 0x4:
                guard value <= Self.largestWindow else { return .failure(.flowControlError) }
                initialWindow = value
            // Frames never get larger than the least that may be asked for.
            case 0x5:
                guard (FrameHeader.largestPayload...0xFF_FFFF).contains(value) else { return .failure(.protocolError) }
            default: break
            }
        }
        return .success(initialWindow - before)
    }
}
