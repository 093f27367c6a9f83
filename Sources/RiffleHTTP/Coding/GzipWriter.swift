import CZlib
import NIOCore

/// Codes a body as gzip (RFC 1952), piece by piece. Not shared between threads.
///
/// Level 1: listings repeat themselves so much that more effort costs three times the time for a few per cent.
package final class GzipWriter {
    /// Memory a writer holds, in round bytes.
    package static let footprint = 270_000

    private static let level: Int32 = 1
    private static let windowBits: Int32 = 15
    private static let memoryLevel: Int32 = 8
    private static let step = 16 << 10

    // zlib keeps a pointer to it, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isBegun = false
    /// Of the plain body so far.
    private var checksum: UInt = 0
    private var length = 0

    /// nil when there is no memory for it.
    package init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_begin_deflate(stream, Self.level, Self.windowBits, Self.memoryLevel) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Begins a new body.
    package func reset() {
        deflateReset(stream)
        (isBegun, checksum, length) = (false, 0, 0)
    }

    /// Codes a piece; what is ready is appended to `out`.
    package func write(_ bytes: UnsafeRawBufferPointer, into out: inout ByteBuffer) {
        begin(&out)
        count(bytes)
        run(bytes, Z_NO_FLUSH, &out)
    }

    /// Puts a short piece as it is between what was written and what follows, so that another can take its place.
    package func writeReplaceable(_ bytes: UnsafeRawBufferPointer, into out: inout ByteBuffer) -> GzipSeam? {
        guard bytes.count <= GzipSeam.limit else { return nil }
        begin(&out)
        // Nothing behind refers to anything in front.
        run(UnsafeRawBufferPointer(start: nil, count: 0), Z_FULL_FLUSH, &out)
        let seam = GzipSeam(place: out.readableBytes, count: bytes.count, plainBefore: length, checksumBefore: checksum)
        count(bytes)
        out.writeBytes(GzipSeam.block(bytes))
        return seam
    }

    /// Codes what is left and closes the body.
    package func finish(into out: inout ByteBuffer) {
        begin(&out)
        run(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH, &out)
        out.writeInteger(UInt32(truncatingIfNeeded: checksum), endianness: .little)
        out.writeInteger(UInt32(truncatingIfNeeded: length), endianness: .little)
    }

    private func begin(_ out: inout ByteBuffer) {
        guard !isBegun else { return }
        isBegun = true
        // No name, no time, the fastest method, Unix.
        out.writeBytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 3])
    }

    private func count(_ bytes: UnsafeRawBufferPointer) {
        length += bytes.count
        checksum = GzipSeam.checksum(checksum, bytes)
    }

    /// A whole body at once.
    package func coded(_ body: ByteBuffer) -> ByteBuffer {
        reset()
        var out = ByteBuffer()
        out.reserveCapacity(body.readableBytes / 8 + 128)
        body.withUnsafeReadableBytes { write($0, into: &out) }
        finish(into: &out)
        return out
    }

    private func run(_ bytes: UnsafeRawBufferPointer, _ flush: Int32, _ out: inout ByteBuffer) {
        // zlib counts in 32 bits.
        var rest = bytes
        repeat {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(Int32.max)))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
            stream.pointee.next_in = UnsafeMutablePointer(mutating: piece.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(piece.count)
            // Room left over means that zlib has given all it had.
            while step(flush, &out) == 0 {}
        } while !rest.isEmpty
        stream.pointee.next_in = nil
    }

    /// - Returns: bytes of output room that were not needed.
    private func step(_ flush: Int32, _ out: inout ByteBuffer) -> Int {
        var left = 0
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.step) { room in
            let size = min(room.count, Int(Int32.max))
            stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(size)
            _ = deflate(stream, flush)
            left = Int(stream.pointee.avail_out)
            return size - left
        }
        stream.pointee.next_out = nil
        return left
    }
}
