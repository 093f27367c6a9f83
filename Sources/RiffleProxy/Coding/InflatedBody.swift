import NIOCore
import RiffleCache
import RiffleHTTP

/// The plain body of a listing kept as gzip, on its way to one client that takes no other: inflated piece by piece, each
/// piece when the client has taken those before, other connections served in between. Confined to the exchange's loop.
final class InflatedBody {
    /// Plain bytes of one step: about a tenth of a millisecond of work.
    private static let step = 64 << 10

    private let reader: GzipReader
    private var rest: ByteBuffer
    private let length: Int
    private var sent = 0

    /// - Parameter length: of the plain body, as the head has it.
    init?(_ coded: ByteBuffer, length: Int) {
        guard let reader = GzipReader() else { return nil }
        self.reader = reader
        rest = coded
        self.length = length
    }

    /// Sends the body and ends the exchange, whose head is out.
    func send(on exchange: Exchange) {
        send(on: exchange) { isWhole in
            if isWhole { exchange.finish() } else { exchange.abort() }
        }
    }

    /// Sends the body, whose head is out.
    ///
    /// - Parameter done: called once, with false when the client left or the body is not what its head promised.
    func send(on exchange: Exchange, _ done: @escaping (Bool) -> Void) {
        guard !exchange.isClientGone else { return done(false) }
        var piece = ByteBuffer()
        guard let isLast = try? reader.read(&rest, limit: Self.step, into: &piece) else { return done(false) }
        sent += piece.readableBytes
        // The head promised a length; an answer that breaks the promise must not look complete.
        guard sent <= length, !isLast || (reader.isComplete && sent == length) else { return done(false) }
        let room = exchange.write(piece)
        guard !isLast else { return done(true) }
        if let room {
            room.assumeIsolated().whenComplete { _ in self.send(on: exchange, done) }
        } else {
            exchange.loop.assumeIsolated().execute { self.send(on: exchange, done) }
        }
    }

    /// The whole plain body; nil when it is not what its own end says.
    static func whole(_ coded: ByteBuffer, length: Int) -> ByteBuffer? {
        guard let reader = GzipReader() else { return nil }
        var rest = coded
        var plain = ByteBuffer()
        plain.reserveCapacity(length)
        // One byte more than it should have shows a body that is longer.
        guard (try? reader.read(&rest, limit: length + 1, into: &plain)) == true, reader.isComplete,
            plain.readableBytes == length
        else { return nil }
        return plain
    }
}

extension Entry {
    /// Bytes of the body in its plain coding.
    var plainLength: Int { holdsGzip ? GzipReader.plainLength(body) : bodyLength }

    /// The body in its plain coding; nil where it can't be read back. O(body).
    var plainBody: ByteBuffer? {
        guard holdsGzip else { return body }
        return plain?.body ?? InflatedBody.whole(body, length: GzipReader.plainLength(body))
    }
}
