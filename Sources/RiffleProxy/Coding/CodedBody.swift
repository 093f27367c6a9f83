import NIOCore
import NIOHTTP1
import RiffleCache

/// The body of a listing as it is kept.
struct CodedBody: Sendable {
    var bytes: ByteBuffer
    var coding = BodyCoding.plain
}

/// Which bodies are worth coding, and which may be.
enum CodingRule {
    /// Bodies up to this stay plain for everyone: gzip would save less than the entry around it takes.
    static let smallest = 2 << 10
    /// And up to this where the one who filled takes no gzip, since those who come may be like him: an answer of 8 KB costs
    /// about 10 µs, inflating it as much again, and a second copy what coding had saved.
    static let largestPlain = Entry.largestInlineBody

    /// Bodies larger than this are coded.
    static func threshold(takesGzip: Bool) -> Int { takesGzip ? smallest : largestPlain }

    /// Bodies up to this are coded on the loop in one go, which takes about a millisecond.
    static let largestAtOnce = 256 << 10
    /// Who takes no gzip gets a plain copy of a listing up to this size, made once and kept beside it; larger ones are
    /// inflated for each such answer, piece by piece.
    static let largestPlainCopy = 256 << 10

    /// Whether riffle may change how the body is coded (RFC 9111 §5.2.2.6).
    static func mayChange(_ fields: HTTPHeaders) -> Bool {
        !fields[canonicalForm: "cache-control"].contains { $0.lowercased() == "no-transform" }
    }
}
