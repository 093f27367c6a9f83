import Glibc
import NIOCore

/// The socket of a client without TLS, written to past its channel: a send costs less than the channel's bookkeeping
/// around it.
///
/// Only for whoever is sure that the channel is open and holds no bytes of its own, for they would be overtaken.
struct DirectSocket {
    private let handle: CInt

    /// nil where the channel has no socket.
    init?(_ pipeline: ChannelPipeline.SynchronousOperations) {
        let handle = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        guard let handle, handle >= 0 else { return nil }
        self.handle = handle
    }

    /// - Returns: bytes the socket took, fewer than given when it is full; nil when it is broken.
    @inline(__always)
    func send(_ bytes: UnsafeRawBufferPointer) -> Int? {
        result(Glibc.send(handle, bytes.baseAddress, bytes.count, Self.flags))
    }

    /// Sends both as if they were one.
    func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int? {
        var parts = (
            iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
        )
        return withUnsafeMutableBytes(of: &parts) { parts in
            var message = msghdr()
            message.msg_iov = parts.baseAddress?.assumingMemoryBound(to: iovec.self)
            message.msg_iovlen = 2
            return result(sendmsg(handle, &message, Self.flags))
        }
    }

    private static let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)

    @inline(__always)
    private func result(_ sent: Int) -> Int? {
        if sent >= 0 { return sent }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }
}
