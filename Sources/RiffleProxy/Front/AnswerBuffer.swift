/// Memory of one event loop in which answers out of memory are put together, to leave in one call for all the requests
/// that one read brought.
///
/// It belongs to no connection: whoever fills it sends what it holds before anything else can run on the loop.
final class AnswerBuffer {
    static let capacity = 64 << 10

    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: AnswerBuffer.capacity, alignment: 64)
    private(set) var count = 0

    deinit {
        memory.deallocate()
    }

    var isEmpty: Bool { count == 0 }

    @inline(__always)
    func hasRoom(_ bytes: Int) -> Bool { bytes <= Self.capacity &- count }

    /// What was written since the last ``clear()``; valid until the next write.
    @inline(__always)
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// Appends what `body` writes into the room it is given.
    ///
    /// - Parameter body: returns how many bytes it wrote.
    @inline(__always)
    func write(_ body: (UnsafeMutableRawBufferPointer) -> Int) {
        count &+= body(UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
    }

    @inline(__always)
    func clear() { count = 0 }
}
