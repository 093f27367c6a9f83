import Glibc
// The one way to storage whose size is not a power of two.
@_spi(CustomByteBufferAllocator) import NIOCore

extension ByteBuffer {
    /// The same readable bytes in storage of exactly their size: NIO's allocator rounds up to powers of two, which a cache
    /// would pay for as long as it keeps the entry. A buffer that wastes little is returned as it is.
    func trimmed() -> ByteBuffer {
        let size = readableBytes
        guard size > 0, storageCapacity - size > Self.tolerableWaste, let exact = malloc(size) else { return self }
        let memory = UnsafeMutableRawBufferPointer(start: exact, count: size)
        withUnsafeReadableBytes { memory.copyMemory(from: $0) }
        // The default allocator frees with `free`, which fits `malloc`.
        return ByteBuffer(takingOwnershipOf: memory, allocator: ByteBufferAllocator())
    }

    /// Bytes not worth a copy.
    private static var tolerableWaste: Int { 64 }
}
