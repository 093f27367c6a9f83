import NIOHTTP1

/// What the head of an origin's answer must be before a byte of it is believed, stored or sent on.
///
/// An HTTP/1 client codec already refuses broken framing; an HTTP/2 origin or a lenient codec may still deliver values
/// that would mean something else on the next connection (RFC 9110 §5.5, RFC 9113 §8.2.1).
package enum ResponseHeadRules {
    package enum Refusal: String, Error, Sendable, CaseIterable {
        case status
        case tooManyFields = "too-many-fields"
        case tooLarge = "too-large"
        case name
        case value
        case contentLength = "content-length"
        case transferCoding = "transfer-coding"
    }

    package static let maximumFields = 256
    /// Bytes of names and values together.
    package static let maximumBytes = 65_536

    /// nil when the head may be used.
    package static func check(status: Int, _ fields: HTTPHeaders, isHTTP10: Bool = false) -> Refusal? {
        guard (100...999).contains(status) else { return .status }
        guard fields.count <= maximumFields else { return .tooManyFields }
        var bytes = 0
        for (name, value) in fields {
            bytes += name.utf8.count + value.utf8.count + 4
            guard bytes <= maximumBytes else { return .tooLarge }
            guard FieldText.isToken(name) else { return .name }
            guard value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else { return .value }
        }
        guard isFramed(fields["transfer-encoding"], isHTTP10) else { return .transferCoding }
        let lengths = fields["content-length"]
        guard let first = lengths.first else { return nil }
        guard lengths.allSatisfy({ $0 == first }), first.utf8.count <= 18,
            FieldText.digits(first, ceiling: .max) != nil,
            !fields.contains(name: "transfer-encoding")
        else { return .contentLength }
        return nil
    }

    /// Whether the transfer codings can be taken in one way only: `chunked` alone, or a word that means nothing to
    /// anybody, behind which the body ends with the connection (RFC 9112 §6.3). A coding that somebody would decode, or
    /// would look for behind another, was never asked for (RFC 9112 §7.4).
    private static func isFramed(_ lines: [String], _ isHTTP10: Bool) -> Bool {
        guard let line = lines.first else { return true }
        guard lines.count == 1, !isHTTP10, FieldText.isToken(line) else { return false }
        let coding = FieldText.lowercased(line)
        if coding == "chunked" { return true }
        let known = ["identity", "gzip", "x-gzip", "compress", "x-compress", "deflate", "br", "zstd"]
        return !coding.contains("chunk") && !known.contains(coding)
    }
}
