/// The single byte range of a `Range` field (RFC 9110 §14.2), against a file of a known size.
enum ByteRange: Equatable {
    /// No usable range: answer the whole file. Several ranges count as none, which the RFC allows.
    case whole
    case part(Range<Int>)
    case unsatisfiable

    init(_ field: String?, size: Int) {
        guard let field, field.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let sides = field.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard sides.count == 2 else {
            self = .whole
            return
        }
        let first = Self.number(sides[0])
        let last = Self.number(sides[1])
        switch (sides[0].isEmpty, sides[1].isEmpty, first, last) {
        case (false, true, let first?, _):
            self = first < size ? .part(first..<size) : .unsatisfiable
        case (false, false, let first?, let last?) where last >= first:
            self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
        case (true, false, _, let count?):
            self = count > 0 && size > 0 ? .part(max(size - count, 0)..<size) : .unsatisfiable
        default:
            self = .whole
        }
    }

    /// Eighteen digits fit an Int with room to add one.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}
