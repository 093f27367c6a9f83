import NIOHTTP1

/// How a request with `Range` is answered from a whole stored response (RFC 9110 §14).
package enum RangeAnswer: Sendable, Equatable {
    /// 200: no range asked for, or one that is better ignored.
    case whole
    /// 206 with `Content-Range`.
    case single(Range<Int>)
    /// 206 as `multipart/byteranges`, in the order asked for.
    case several([Range<Int>])
    /// 416 with `Content-Range: bytes */length`.
    case unsatisfiable
}

package enum Ranges {
    /// Ranges one request may ask for; more are answered with the whole (RFC 9110 §14.2, §17.15).
    package static let maximumRanges = 16
    /// Ranges closer together than this cost less as one: about the head of a part.
    package static let coalescingGap = 80

    package static func decide(
        method: Method, request: HTTPHeaders, status: Int, stored: HTTPHeaders, length: Int
    ) -> RangeAnswer {
        let lines = request["range"]
        guard method == .get, status == 200, lines.count == 1, let line = lines.first, length > 0 else { return .whole }
        guard let specs = parse(FieldText.trim(line)) else { return .whole }
        guard conditionHolds(request, stored: stored) else { return .whole }
        let satisfiable = specs.compactMap { $0.resolved(length: length) }
        guard !satisfiable.isEmpty else { return .unsatisfiable }
        let merged = coalesced(satisfiable)
        let bytes = merged.reduce(0) { $0 + $1.count + (merged.count > 1 ? coalescingGap : 0) }
        if merged.count > 1, bytes >= length { return .whole }
        return merged.count == 1 ? .single(merged[0]) : .several(merged)
    }

    /// The value of `Content-Range`; nil names no range, for 416.
    package static func contentRange(_ range: Range<Int>?, length: Int) -> String {
        guard let range, !range.isEmpty else { return "bytes */\(length)" }
        return "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
    }

    private enum Spec {
        case from(Int, through: Int?)
        case last(Int)

        func resolved(length: Int) -> Range<Int>? {
            switch self {
            case .from(let first, let last):
                guard first < length else { return nil }
                return first..<min(last ?? length - 1, length - 1) + 1
            case .last(let count):
                return count > 0 ? max(0, length - count)..<length : nil
            }
        }
    }

    /// nil for another unit, a malformed set or too many ranges: the field is ignored then.
    private static func parse(_ text: Substring) -> [Spec]? {
        guard text.utf8.count > 6, FieldText.equal(text.prefix(6), "bytes=") else { return nil }
        let members = FieldText.members([String(text.dropFirst(6))])
        guard !members.isEmpty, members.count <= maximumRanges else { return nil }
        var specs: [Spec] = []
        for member in members {
            guard let dash = member.firstIndex(of: "-") else { return nil }
            let first = member[..<dash]
            let last = member[member.index(after: dash)...]
            let ceiling = 1 << 53
            if first.isEmpty {
                guard let count = FieldText.digits(last, ceiling: ceiling) else { return nil }
                specs.append(.last(count))
            } else {
                guard let start = FieldText.digits(first, ceiling: ceiling) else { return nil }
                let end = FieldText.digits(last, ceiling: ceiling)
                guard last.isEmpty || end.map({ $0 >= start }) == true else { return nil }
                specs.append(.from(start, through: end))
            }
        }
        return specs
    }

    /// RFC 9110 §13.1.5: a strong tag, or the exact date of a modification that is a strong validator.
    private static func conditionHolds(_ request: HTTPHeaders, stored: HTTPHeaders) -> Bool {
        let lines = request["if-range"]
        guard let line = lines.first else { return true }
        guard lines.count == 1 else { return false }
        let text = FieldText.trim(line)
        let validators = Validators(stored)
        if let tag = EntityTag(text) { return validators.entityTag.map(tag.matchesStrongly) ?? false }
        guard let date = HTTPDate.parse(text) else { return false }
        return validators.modified == date && validators.isModifiedStrong
    }

    /// Overlapping and close ranges as one, at the place of the first of them.
    private static func coalesced(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges {
            var grown = range
            var place = merged.count
            // Growing may reach ranges that were apart before.
            while let index = merged.firstIndex(where: { isClose($0, grown) }) {
                let other = merged.remove(at: index)
                grown = min(other.lowerBound, grown.lowerBound)..<max(other.upperBound, grown.upperBound)
                place = min(place, index)
            }
            merged.insert(grown, at: min(place, merged.count))
        }
        return merged
    }

    private static func isClose(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        left.lowerBound <= right.upperBound + coalescingGap && right.lowerBound <= left.upperBound + coalescingGap
    }
}

/// The frame of a `multipart/byteranges` body (RFC 9110 §14.6): the bytes themselves stay where they are.
package struct MultipartRanges: Sendable, Equatable {
    package var ranges: [Range<Int>]
    /// What precedes each range, in the same order.
    package var heads: [String]
    package var closing: String
    /// The `Content-Type` of the answer.
    package var contentType: String
    /// The `Content-Length` of the answer.
    package var contentLength: Int

    /// - Parameter boundary: token bytes that do not occur in the body; 128 random bits in hexadecimal do.
    package init(_ ranges: [Range<Int>], length: Int, contentType type: String?, boundary: String) {
        self.ranges = ranges
        heads = ranges.enumerated().map { index, range in
            let typeLine = type.map { "Content-Type: \($0)\r\n" } ?? ""
            let start = index == 0 ? "" : "\r\n"
            let place = Ranges.contentRange(range, length: length)
            return "\(start)--\(boundary)\r\n\(typeLine)Content-Range: \(place)\r\n\r\n"
        }
        closing = "\r\n--\(boundary)--\r\n"
        contentType = "multipart/byteranges; boundary=\(boundary)"
        contentLength =
            heads.reduce(0) { $0 + $1.utf8.count } + ranges.reduce(0) { $0 + $1.count } + closing.utf8.count
    }
}
