import CZlib
import NIOCore

/// Reads one gzip body (RFC 1952), piece by piece, in steps of a size that the caller chooses. Not shared between threads.
///
/// The body must be one member with nothing behind it, its checksum right: what other readers could read otherwise is
/// refused.
package final class GzipReader {
    package enum Failure: Error, Equatable {
        case corrupt
        /// Bytes follow the end of the body.
        case trailing
        case noMemory
    }

    // zlib keeps a pointer to it, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether the body was read to its end and its checksum was right.
    package private(set) var isComplete = false

    /// nil when there is no memory for it.
    package init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_begin_gunzip(stream) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Appends at most `limit` bytes of plain body to `out` and takes what they were coded with from `input`.
    ///
    /// - Returns: true when `input` is used up, false when there is more to come from it.
    package func read(_ input: inout ByteBuffer, limit: Int, into out: inout ByteBuffer) throws(Failure) -> Bool {
        guard !isComplete else {
            guard input.readableBytes == 0 else { throw .trailing }
            return true
        }
        var code = Z_OK
        var taken = 0
        let size = min(limit, Int(Int32.max))
        var full = false
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            input.withUnsafeReadableBytes { bytes in
                let available = min(bytes.count, Int(Int32.max))
                stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(size)
                code = inflate(stream, Z_NO_FLUSH)
                taken = available - Int(stream.pointee.avail_in)
            }
            let written = size - Int(stream.pointee.avail_out)
            full = written == size
            return written
        }
        stream.pointee.next_in = nil
        stream.pointee.next_out = nil
        input.moveReaderIndex(forwardBy: taken)
        switch code {
        case Z_STREAM_END:
            isComplete = true
            guard input.readableBytes == 0 else { throw .trailing }
            return true
        // No progress is possible without more input.
        case Z_BUF_ERROR: return true
        case Z_OK: return input.readableBytes == 0 && !full
        case Z_MEM_ERROR: throw .noMemory
        default: throw .corrupt
        }
    }

    /// The plain length that a complete body of less than 4 GiB ends with (RFC 1952 §2.3.1).
    package static func plainLength(_ body: ByteBuffer) -> Int {
        body.getInteger(at: body.writerIndex - 4, endianness: .little, as: UInt32.self).map { Int($0) } ?? 0
    }
}
