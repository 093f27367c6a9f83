/// A header block on its way in pieces: HEADERS without END_HEADERS and the CONTINUATION frames behind it
/// (RFC 9113 §4.3, §6.10).
package struct HeaderBlock: Sendable {
    package let stream: StreamID
    package let endsStream: Bool
    package private(set) var bytes: [UInt8]
    private var continuationsLeft: Int

    /// - Parameter continuations: frames it may take at most; each holds at most ``FrameHeader/largestPayload``.
    package init(_ header: FrameHeader, first: UnsafeRawBufferPointer, continuations: Int) {
        stream = header.stream
        endsStream = header.flags.contains(.endStream)
        bytes = Array(first)
        continuationsLeft = continuations
    }

    /// - Returns: whether the block is complete.
    package mutating func add(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) -> Result<Bool, ErrorCode> {
        guard continuationsLeft > 0 else { return .failure(.enhanceYourCalm) }
        continuationsLeft -= 1
        bytes.append(contentsOf: payload)
        return .success(header.flags.contains(.endHeaders))
    }
}
