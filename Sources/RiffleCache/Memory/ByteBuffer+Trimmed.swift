import Glibc
// The one way to storage whose size is not a power of two.
@_spi(CustomByteBufferAllocator) import NIOCore

extension ByteBuffer {
    /// The same readable bytes in storage of exactly their size: NIO's allocator rounds up to powers of two, which a cache
    /// would pay for as long as it keeps the entry. A buffer that wastes little is returned as it is.
    func trimmed() -> ByteBuffer {
        storageCapacity - readableBytes > Self.tolerableWaste ? exact() : self
    }

    /// A copy of the readable bytes in storage of exactly their size.
    func exact() -> ByteBuffer {
        let size = readableBytes
        guard size > 0, let exact = malloc(size) else { return self }
        let memory = UnsafeMutableRawBufferPointer(start: exact, count: size)
        withUnsafeReadableBytes { memory.copyMemory(from: $0) }
        // The default allocator frees with `free`, which fits `malloc`.
        return ByteBuffer(takingOwnershipOf: memory, allocator: ByteBufferAllocator())
    }

    package func slicePrefix(_ length: Int) -> ByteBuffer {
        getSlice(at: readerIndex, length: min(length, readableBytes)) ?? ByteBuffer()
    }

    package func slice(from offset: Int) -> ByteBuffer {
        getSlice(at: readerIndex + offset, length: readableBytes - offset) ?? ByteBuffer()
    }

    /// Bytes not worth a copy.
    private static var tolerableWaste: Int { 64 }
}
