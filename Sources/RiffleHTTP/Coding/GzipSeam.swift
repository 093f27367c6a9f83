import CZlib
import NIOCore

/// A short piece of a gzip body that stands there as it is (RFC 1951 §3.2.4), and can be replaced without touching the rest:
/// the link of a listing that was coded while it came, before anybody knew where the link has to lead.
package struct GzipSeam: Sendable {
    /// Bytes that one such piece may have.
    package static let limit = 0xFFFF
    private static let blockHead = 5
    private static let trailer = 8

    /// Where its block begins in the coded body.
    let place: Int
    private(set) var count: Int
    /// Of the plain body in front of it.
    let plainBefore: Int
    let checksumBefore: UInt

    init(place: Int, count: Int, plainBefore: Int, checksumBefore: UInt) {
        self.place = place
        self.count = count
        self.plainBefore = plainBefore
        self.checksumBefore = checksumBefore
    }

    static func block(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let count = UInt16(truncatingIfNeeded: bytes.count)
        let sizes = [UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)]
        return [0] + sizes + bytes
    }

    static func checksum(_ start: UInt, _ bytes: UnsafeRawBufferPointer) -> UInt {
        // Without bytes zlib would begin anew.
        bytes.isEmpty ? start : crc32_z(start, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    }

    /// Puts `bytes` in its place, and checksum and length right.
    ///
    /// - Parameter body: the finished body.
    /// - Returns: false when there are too many of them, or the body is not the one of the seam: it stays as it is.
    package mutating func replace(in body: inout ByteBuffer, with bytes: [UInt8]) -> Bool {
        let start = body.readerIndex + place
        let trailer = body.writerIndex - Self.trailer
        guard bytes.count <= Self.limit, start + Self.blockHead + count <= trailer,
            let old = body.getBytes(at: start + Self.blockHead, length: count),
            let total = body.getInteger(at: trailer, endianness: .little, as: UInt32.self),
            let length = body.getInteger(at: trailer + 4, endianness: .little, as: UInt32.self)
        else { return false }
        let behind = Int(length) - plainBefore - count
        guard behind >= 0 else { return false }
        // Checksums are linear: that of the whole changes as that of its front does, moved on by what follows.
        let front = old.withUnsafeBytes { Self.checksum(checksumBefore, $0) }
        let newFront = bytes.withUnsafeBytes { Self.checksum(checksumBefore, $0) }
        let change = crc32_combine(front ^ newFront, 0, behind)
        let block = bytes.withUnsafeBytes { Self.block($0) }
        let end = start + Self.blockHead + count
        let move = block.count - Self.blockHead - count
        let tail = body.writerIndex - end
        if move > 0 { body.writeRepeatingByte(0, count: move) }
        let from = place + Self.blockHead + count
        body.withUnsafeMutableReadableBytes { readable in
            guard let base = readable.baseAddress else { return }
            memmove(base + from + move, base + from, tail)
        }
        if move < 0 { body.moveWriterIndex(to: body.writerIndex + move) }
        body.setBytes(block, at: start)
        let newTrailer = body.writerIndex - Self.trailer
        body.setInteger(total ^ UInt32(truncatingIfNeeded: change), at: newTrailer, endianness: .little)
        body.setInteger(length &+ UInt32(truncatingIfNeeded: move), at: newTrailer + 4, endianness: .little)
        count = bytes.count
        return true
    }
}
