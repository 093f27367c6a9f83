/// The signatures of one `aws-chunked` body: each hangs on the one before, the first on that of the request.
package struct ChunkChain: Sendable {
    private let key: SigningKey
    private let time: RequestTime
    private var previous: [UInt8]

    package init(key: SigningKey, time: RequestTime, seed: [UInt8]) {
        self.key = key
        self.time = time
        previous = seed
    }

    /// The signature of the next chunk, whose SHA-256 in hexadecimal digits is given.
    mutating func next(chunk hash: [UInt8]) -> [UInt8] {
        previous = key.sign(Self.payload, time, [previous, Digests.ofNothing, hash])
        return previous
    }

    /// The signature of the fields behind the last chunk.
    mutating func next(trailer hash: [UInt8]) -> [UInt8] {
        previous = key.sign(Self.trailer, time, [previous, hash])
        return previous
    }

    private static let payload = Array("AWS4-HMAC-SHA256-PAYLOAD".utf8)
    private static let trailer = Array("AWS4-HMAC-SHA256-TRAILER".utf8)
}
