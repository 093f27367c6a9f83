import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleTelemetry

/// The answer to a fill on its way in: read as a listing piece by piece, and kept in the coding in which it will be stored.
/// So a folder of any size takes little more memory than its stored form, and no piece holds the loop for long.
///
/// Confined to its loop. The answers of dialects whose pages riffle changes are gathered as they are.
final class ListingIntake {
    /// A plain answer that grows beyond this is coded while it comes; smaller ones are when they are complete.
    private static let largestGathered = CodingRule.largestAtOnce
    /// Plain bytes for each byte that may be stored, before an answer counts as too large all the same.
    private static let mostExpansion = 16
    /// Plain bytes read from one coded piece before other connections have their turn.
    private static let turn = 128 << 10
    /// A length the origin announces is believed this far before its bytes have come.
    private static let largestReserve = 1 << 20

    private enum Body {
        /// As it comes.
        case gathered(ByteBuffer)
        case codedHere(GzipWriter, ByteBuffer)
        /// The origin's gzip, read beside.
        case codedByOrigin(GzipReader, ByteBuffer)
    }

    private let limit: Int
    /// Bytes that the origin says will come; 0 when it says nothing.
    private let announced: Int
    private let packer: ListingPacker
    private let mayCode: Bool
    private var listing: ListingReader?
    private var body: Body
    private var plainLength = 0
    private var isCorrupt = false

    /// - Parameters:
    ///   - listing: nil for dialects whose answers are read as a whole.
    ///   - mayKeep: whether HTTP lets the answer be stored.
    ///   - limit: most bytes to be stored.
    init(head: HTTPResponseHead, listing: ListingReader?, mayKeep: Bool, limit: Int, packer: ListingPacker) {
        self.limit = limit
        self.packer = packer
        announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        let coding = head.headers.first(name: "content-encoding")?.lowercased()
        let mayChange = mayKeep && CodingRule.mayChange(head.headers)
        mayCode = mayChange && coding == nil
        if let listing, coding == nil {
            self.listing = listing
        } else if let listing, mayChange, coding == "gzip" || coding == "x-gzip", !listing.isRefused,
            let reader = GzipReader()
        {
            self.listing = listing
            body = .codedByOrigin(reader, ByteBuffer())
            return
        }
        var gathered = ByteBuffer()
        gathered.reserveCapacity(max(0, min(announced, Self.largestReserve)))
        body = .gathered(gathered)
    }

    /// Whether the answer can't be stored, and why: it has to stream on to the one who asked.
    var mustStream: Reason? {
        switch body {
        case .gathered(let bytes):
            let most = isCodable ? limit * Self.mostExpansion : limit
            return bytes.readableBytes > limit || announced > most ? .tooLarge : nil
        case .codedHere(_, let bytes):
            if !isCodable { return .unconfirmed }
            return isTooLarge(bytes) ? .tooLarge : nil
        case .codedByOrigin(_, let bytes):
            return isTooLarge(bytes) || announced > limit ? .tooLarge : nil
        }
    }

    /// Whether riffle may code what comes, so that less is stored than comes.
    private var isCodable: Bool { mayCode && listing.map { !$0.isRefused } ?? false }

    private func isTooLarge(_ coded: ByteBuffer) -> Bool {
        coded.readableBytes > limit || plainLength > limit * Self.mostExpansion
    }

    // MARK: Pieces

    /// - Returns: nil to go on at once, or what to wait for before the next piece.
    func take(_ part: ByteBuffer, on loop: any EventLoop) -> EventLoopFuture<Void>? {
        switch body {
        case .gathered(var bytes):
            body = .gathered(ByteBuffer())
            read(part)
            bytes.writeImmutableBuffer(part)
            body = .gathered(bytes)
            // Far beyond that no coder was to be had in time: coding so much at once would hold the loop.
            let size = bytes.readableBytes
            if size > Self.largestGathered, size <= 2 * Self.largestGathered { beginCoding(bytes) }
            return nil
        case .codedHere(let writer, var bytes):
            body = .gathered(ByteBuffer())
            read(part)
            part.withUnsafeReadableBytes { writer.write($0, into: &bytes) }
            body = .codedHere(writer, bytes)
            return nil
        case .codedByOrigin(let reader, var bytes):
            body = .gathered(ByteBuffer())
            bytes.writeImmutableBuffer(part)
            body = .codedByOrigin(reader, bytes)
            return decode(part, reader, on: loop)
        }
    }

    private func read(_ plain: ByteBuffer) {
        plainLength += plain.readableBytes
        plain.withUnsafeReadableBytes { listing?.take($0) }
    }

    private func beginCoding(_ gathered: ByteBuffer) {
        guard isCodable, let writer = packer.borrow() else { return }
        var bytes = ByteBuffer()
        gathered.withUnsafeReadableBytes { writer.write($0, into: &bytes) }
        body = .codedHere(writer, bytes)
    }

    /// Reads what `rest` is the coding of, in turns: a small piece can stand for a thousand times its size.
    private func decode(_ rest: ByteBuffer, _ reader: GzipReader, on loop: any EventLoop) -> EventLoopFuture<Void>? {
        var rest = rest
        var plain = ByteBuffer()
        guard !isCorrupt, mustStream == nil else { return nil }
        guard let isDone = try? reader.read(&rest, limit: Self.turn, into: &plain) else {
            isCorrupt = true
            return nil
        }
        read(plain)
        guard !isDone else { return nil }
        let promise = loop.makePromise(of: Void.self)
        let left = rest
        loop.assumeIsolated().execute {
            guard let wait = self.decode(left, reader, on: loop) else { return promise.succeed() }
            wait.cascade(to: promise)
        }
        return promise.futureResult
    }

    // MARK: The end

    /// What came, once all of it did.
    struct Received {
        /// The body as the origin sent it; empty when it was coded here.
        var body: ByteBuffer
        /// What the dialect said; nil where it has to read the whole.
        var confirmation: Confirmation?
        /// The body in the coding in which it is to be stored; nil where it is not coded yet.
        var coded: CodedBody?

        /// The gzip that riffle made of the body, which is there in no other way.
        var codedHere: ByteBuffer? { coded.flatMap { $0.coding == .gzipMadeHere ? $0.bytes : nil } }
    }

    /// The rest is not wanted.
    func abandon() {
        guard case .codedHere(let writer, _) = body else { return }
        packer.giveBack(writer)
        body = .gathered(ByteBuffer())
    }

    func finish() -> Received {
        let confirmation = listing?.finish()
        switch body {
        case .gathered(let bytes): return Received(body: bytes, confirmation: confirmation)
        case .codedHere(let writer, var bytes):
            writer.finish(into: &bytes)
            packer.giveBack(writer)
            body = .gathered(ByteBuffer())
            return Received(
                body: ByteBuffer(), confirmation: confirmation, coded: CodedBody(bytes: bytes, coding: .gzipMadeHere))
        case .codedByOrigin(let reader, let bytes):
            let isWhole = reader.isComplete && !isCorrupt
            return Received(
                body: bytes, confirmation: isWhole ? confirmation : .refused(.incomplete),
                coded: CodedBody(bytes: bytes, coding: .gzip))
        }
    }
}
