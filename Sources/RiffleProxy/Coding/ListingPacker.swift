import NIOCore
import NIOHTTP1
import NIOPosix
import RiffleCache
import RiffleHTTP

/// Brings confirmed listings into the coding they are kept in. Confined to its loop, whose fills share its coders.
final class ListingPacker {
    /// Coders of answers on their way, at once; each takes ``GzipWriter/footprint`` bytes.
    private static let mostBorrowed = 16

    private var spare: GzipWriter?
    private var borrowed = 0

    /// A coder for an answer that comes in pieces; nil when too many are out.
    func borrow() -> GzipWriter? {
        guard borrowed < Self.mostBorrowed, let writer = take() else { return nil }
        borrowed += 1
        return writer
    }

    func giveBack(_ writer: GzipWriter) {
        borrowed -= 1
        keep(writer)
    }

    /// The body as it is to be kept: gzip where that is worth it and allowed. Large ones are coded on another thread.
    ///
    /// - Parameters:
    ///   - takesGzip: whether the one who asked does.
    ///   - done: called on `loop`, at once for small bodies.
    func pack(
        _ response: FillResponse, takesGzip: Bool, on loop: any EventLoop, _ done: @escaping (CodedBody) -> Void
    ) {
        let body = response.body
        let plain = CodedBody(bytes: body)
        guard body.readableBytes > CodingRule.threshold(takesGzip: takesGzip), CodingRule.mayChange(response.fields),
            !response.fields.contains(name: "content-encoding")
        else { return done(plain) }
        guard body.readableBytes > CodingRule.largestAtOnce else {
            guard let writer = take() else { return done(plain) }
            defer { keep(writer) }
            return done(Self.shorter(writer.coded(body), than: plain))
        }
        NIOThreadPool.singleton.runIfActive(eventLoop: loop) { GzipWriter()?.coded(body) }
            .assumeIsolated().whenComplete { result in
                guard case .success(let coded?) = result else { return done(plain) }
                done(Self.shorter(coded, than: plain))
            }
    }

    /// What hardly shrinks would only be inflated again.
    private static func shorter(_ coded: ByteBuffer, than plain: CodedBody) -> CodedBody {
        coded.readableBytes < plain.bytes.readableBytes / 4 * 3
            ? CodedBody(bytes: coded, coding: .gzipMadeHere) : plain
    }

    private func take() -> GzipWriter? {
        let writer = spare ?? GzipWriter()
        spare = nil
        writer?.reset()
        return writer
    }

    private func keep(_ writer: GzipWriter) {
        spare = writer
    }
}
