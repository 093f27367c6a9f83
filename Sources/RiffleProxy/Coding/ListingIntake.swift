import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleTelemetry

/// The answer to a fill on its way in: read as a listing piece by piece, and kept in the coding in which it will be stored.
/// So a folder of any size takes little more memory than its stored form, and no piece holds the loop for long.
///
/// Confined to its loop. A link that riffle will change stays in one uncoded piece until it is known where it leads.
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
        /// With what may still turn out to hold a link.
        case codedHere(GzipWriter, ByteBuffer, pending: ByteBuffer)
        /// The origin's gzip, read beside.
        case codedByOrigin(GzipReader, ByteBuffer)
    }

    private let limit: Int
    /// Bytes that the origin says will come; 0 when it says nothing.
    private let announced: Int
    private let packer: ListingPacker
    private let mayCode: Bool
    /// nil where the body comes in a coding that is not read.
    private var listing: ListingReader?
    private var body: Body
    /// Plain bytes that were coded here, and where among them the link stands.
    private var codedLength = 0
    private var seam: GzipSeam?
    private var plainLength = 0
    private var isCorrupt = false

    /// - Parameters:
    ///   - changesLinks: whether riffle changes what comes, which it can in plain bodies only.
    ///   - mayKeep: whether HTTP lets the answer be stored.
    ///   - limit: most bytes to be stored.
    init(
        head: HTTPResponseHead, listing: ListingReader, changesLinks: Bool, mayKeep: Bool, limit: Int,
        packer: ListingPacker
    ) {
        self.limit = limit
        self.packer = packer
        announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        let coding = head.headers.first(name: "content-encoding")?.lowercased()
        let mayChange = mayKeep && CodingRule.mayChange(head.headers)
        mayCode = mayChange && coding == nil
        if coding == nil || coding == "identity" || coding == "" {
            self.listing = listing
        } else if mayChange, !changesLinks, coding == "gzip" || coding == "x-gzip", !listing.isRefused,
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
        case .codedHere(_, let bytes, _):
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
        case .codedHere(let writer, var bytes, var pending):
            body = .gathered(ByteBuffer())
            read(part)
            if pending.readableBytes > 0 { pending.writeImmutableBuffer(part) } else { pending = part }
            code(&pending, upTo: listing?.settled ?? plainLength, writer, &bytes)
            body = .codedHere(writer, bytes, pending: pending)
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
        var pending = gathered
        code(&pending, upTo: listing?.settled ?? plainLength, writer, &bytes)
        body = .codedHere(writer, bytes, pending: pending)
    }

    /// Codes what no link can be in any more, and leaves room for the one that was found.
    private func code(
        _ pending: inout ByteBuffer, upTo end: Int, _ writer: GzipWriter, _ bytes: inout ByteBuffer
    ) {
        func take(_ count: Int) -> ByteBuffer {
            codedLength += count
            return pending.readSlice(length: count) ?? ByteBuffer()
        }
        if seam == nil, let link = listing?.next?.range, link.lowerBound >= codedLength, link.upperBound <= end {
            take(link.lowerBound - codedLength).withUnsafeReadableBytes { writer.write($0, into: &bytes) }
            seam = take(link.count).withUnsafeReadableBytes { writer.writeReplaceable($0, into: &bytes) }
        }
        take(max(0, end - codedLength)).withUnsafeReadableBytes { writer.write($0, into: &bytes) }
        pending = pending.readableBytes > 0 ? ByteBuffer(bytes: pending.readableBytesView) : ByteBuffer()
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
        /// What the dialect said; nil for a coding that it does not read.
        var confirmation: Confirmation?
        /// The body in the coding in which it is to be stored; nil where it is not coded yet.
        var coded: CodedBody?
        /// Where the link to the next page stands in it.
        var seam: GzipSeam?

        /// Puts what clients get in the place of the origin's link.
        ///
        /// - Returns: false when that can't be done: the body leads clients elsewhere.
        mutating func replace(_ link: NextLink, with bytes: [UInt8]) -> Bool {
            guard var body = coded else {
                guard link.range.upperBound <= self.body.readableBytes else { return false }
                self.body = self.body.replacing(link.range, with: bytes)
                return true
            }
            coded = nil
            defer { coded = body }
            return seam?.replace(in: &body.bytes, with: bytes) ?? false
        }

        /// The gzip that riffle made of the body, which is there in no other way.
        var codedHere: ByteBuffer? { coded.flatMap { $0.coding == .gzipMadeHere ? $0.bytes : nil } }
    }

    /// The rest is not wanted.
    func abandon() {
        guard case .codedHere(let writer, _, _) = body else { return }
        packer.giveBack(writer)
        body = .gathered(ByteBuffer())
    }

    func finish() -> Received {
        let confirmation = listing?.finish()
        switch body {
        case .gathered(let bytes): return Received(body: bytes, confirmation: confirmation)
        case .codedHere(let writer, var bytes, var pending):
            code(&pending, upTo: plainLength, writer, &bytes)
            writer.finish(into: &bytes)
            packer.giveBack(writer)
            body = .gathered(ByteBuffer())
            return Received(
                body: ByteBuffer(), confirmation: confirmation, coded: CodedBody(bytes: bytes, coding: .gzipMadeHere),
                seam: seam)
        case .codedByOrigin(let reader, let bytes):
            let isWhole = reader.isComplete && !isCorrupt
            return Received(
                body: bytes, confirmation: isWhole ? confirmation : .refused(.incomplete),
                coded: CodedBody(bytes: bytes, coding: .gzip))
        }
    }
}
