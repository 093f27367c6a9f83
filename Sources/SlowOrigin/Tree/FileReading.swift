import Glibc
import Hummingbird
import NIOCore
import NIOPosix

/// Runs blocking file calls away from the event loops.
enum Blocking {
    static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}

/// An open file that closes itself.
final class OpenFile: Sendable {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Opens a regular file by its canonical name; never waits on a pipe, never follows a link put there since.
    init(reading name: String) throws(Refusal) {
        descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? Refusal(.notFound, "there is nothing here") : Refusal(.forbidden, "not readable")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    var info: stat? {
        var info = stat()
        return fstat(descriptor, &info) == 0 ? info : nil
    }

    /// At most `count` bytes from `offset`; empty at the end of the file.
    func read(_ count: Int, at offset: Int) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var got = 0
        buffer.withUnsafeMutableWritableBytes { bytes in
            repeat { got = pread(descriptor, bytes.baseAddress, count, off_t(offset)) } while got < 0 && errno == EINTR
        }
        guard got >= 0 else { throw FileReading.ReadFailed() }
        buffer.moveWriterIndex(forwardBy: got)
        return buffer
    }
}

/// Bodies from files: small ones in one read, large ones chunk by chunk as fast as the client takes them.
enum FileReading {
    static let chunkSize = 128 * 1_024

    struct ReadFailed: Error {}

    static func body(of file: OpenFile, _ range: Range<Int>) async throws -> ResponseBody {
        guard !range.isEmpty else { return ResponseBody() }
        if range.count <= chunkSize {
            let buffer = try await Blocking.run { try file.read(range.count, at: range.lowerBound) }
            guard buffer.readableBytes == range.count else { throw ReadFailed() }
            return ResponseBody(byteBuffer: buffer)
        }
        return ResponseBody(contentLength: range.count) { writer in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let from = offset
                let count = min(chunkSize, range.upperBound - offset)
                let buffer = try await Blocking.run { try file.read(count, at: from) }
                // The file shrank while it was sent: cutting the connection is the only honest end.
                guard buffer.readableBytes > 0 else { throw ReadFailed() }
                offset += buffer.readableBytes
                try await writer.write(buffer)
            }
            try await writer.finish(nil)
        }
    }
}
