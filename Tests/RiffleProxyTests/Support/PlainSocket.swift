import NIOCore
import NIOPosix

/// Bytes to a port, and all bytes that come back until the other side closes.
enum PlainSocket {
    static func exchange(_ text: String, _ port: Int) async throws -> String {
        String(buffer: try await exchange(ByteBuffer(string: text), port))
    }

    static func exchange(_ bytes: ByteBuffer, _ port: Int) async throws -> ByteBuffer {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(bytes)
            var answer = ByteBuffer()
            do {
                for try await part in inbound { answer.writeImmutableBuffer(part) }
            } catch is IOError {
                // Closed by a reset: what came before it is the answer.
            }
            return answer
        }
    }
}
