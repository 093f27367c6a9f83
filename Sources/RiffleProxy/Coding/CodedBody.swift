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
    /// Plain bodies up to this are kept and sent as they are: they are copied behind their head into one write, and who
    /// takes no gzip would pay for a second copy of each.
    static let largestPlain = Entry.largestInlineBody
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
