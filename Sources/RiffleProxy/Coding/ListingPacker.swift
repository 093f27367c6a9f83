import NIOCore
import RiffleCache
import RiffleHTTP

/// Brings confirmed listings into the coding they are kept in. Confined to its loop, whose fills share one coder.
final class ListingPacker {
    private var writer: GzipWriter?

    /// The body as it is to be kept: gzip where that is worth it and allowed.
    func pack(_ response: FillResponse) -> CodedBody {
        let plain = CodedBody(bytes: response.body)
        guard response.body.readableBytes > CodingRule.largestPlain, CodingRule.mayChange(response.fields) else {
            return plain
        }
        guard let writer = writer ?? GzipWriter() else { return plain }
        self.writer = writer
        let coded = writer.coded(response.body)
        // What hardly shrinks would only be inflated again.
        guard coded.readableBytes < response.body.readableBytes / 4 * 3 else { return plain }
        return CodedBody(bytes: coded, coding: .gzipMadeHere)
    }
}
