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

    /// nil when there is no memory for it.
    package init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_begin_gzip(stream, Self.level, Self.windowBits, Self.memoryLevel) == Z_OK else {
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
    }

    /// Codes a piece; what is ready is appended to `out`.
    package func write(_ bytes: UnsafeRawBufferPointer, into out: inout ByteBuffer) {
        run(bytes, Z_NO_FLUSH, &out)
    }

    /// Codes what is left and closes the body.
    package func finish(into out: inout ByteBuffer) {
        run(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH, &out)
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
