/// One spelling for every path: the name under which listings are stored and writes void them.
///
/// Two spellings that a file server reads alike become the same bytes, so that a write through one reaches a listing
/// fetched through the other: unreserved bytes and the harmless delimiters are literal, all else is `%XX` in upper
/// case. `+` and `;` are always encoded, since some servers give the bare ones a meaning of their own. The result is
/// itself a valid request target. Letter case and Unicode normal form are the origin's business: on an origin that
/// ignores case, `/A/` and `/a/` are two folders here.
enum FolderPath {
    /// How far the servers of this world agree on a path.
    enum Reading: Equatable {
        /// All read it alike.
        case plain
        /// A bare `;`, which servlet containers cut off and file servers keep. `before` counts the canonical bytes
        /// up to and including the slash in front of the segment that has it.
        case parameters(before: Int)
        /// Dot segments, empty segments, hidden slashes, backslashes or control bytes.
        case odd
        /// Not a path at all: no leading slash, a broken escape, or longer than ``FormBuffer/capacity``.
        case broken
    }

    /// Appends the canonical spelling of `raw` to `out` and says how unambiguous it is. O(n), allocates nothing while
    /// `out` has room. The output of `.broken` is meaningless; that of `.odd` only tells such paths apart.
    static func canonicalise(_ raw: UnsafeRawBufferPointer, into out: inout [UInt8]) -> Reading {
        guard raw.first == slash else { return .broken }
        let origin = out.count
        var reading = Reading.plain
        var segment = out.count
        var index = 0
        while index < raw.count {
            let runStart = index
            while index < raw.count, isLiteral(raw[index]) { index &+= 1 }
            if index > runStart { out.append(contentsOf: UnsafeRawBufferPointer(rebasing: raw[runStart..<index])) }
            guard index < raw.count else { break }
            var byte = raw[index]
            index &+= 1
            if byte == slash {
                if out.count > origin, isOddSegment(out, from: segment) { reading = .odd }
                out.append(slash)
                segment = out.count
                guard out.count - origin <= FormBuffer.capacity else { return .broken }
                continue
            }
            var escaped = false
            if byte == UInt8(ascii: "%") {
                guard index &+ 1 < raw.count, let high = ASCII.hexValue(raw[index]),
                    let low = ASCII.hexValue(raw[index &+ 1])
                else { return .broken }
                byte = high << 4 | low
                index &+= 2
                escaped = true
            } else if byte == UInt8(ascii: ";"), reading == .plain {
                reading = .parameters(before: segment - origin)
            }
            if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") || (escaped && byte == slash) {
                reading = .odd
            }
            if isLiteral(byte) { out.append(byte) } else { appendEscaped(byte, to: &out) }
        }
        // The last segment may be empty (a trailing slash), but not a dot segment.
        if out.count > segment, isOddSegment(out, from: segment) { reading = .odd }
        return out.count - origin <= FormBuffer.capacity ? reading : .broken
    }

    /// Appends one name as a path segment, encoded canonically; false when no target can name it safely.
    static func appendSegment(_ name: some Sequence<UInt8>, to out: inout [UInt8]) -> Bool {
        let start = out.count
        var safe = true
        for byte in name {
            if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") || byte == slash { safe = false }
            if isLiteral(byte) { out.append(byte) } else { appendEscaped(byte, to: &out) }
        }
        return safe && !isOddSegment(out, from: start)
    }

    /// Appends bytes that are what they say, slashes included, in the canonical spelling.
    static func appendEncoded(_ bytes: some Sequence<UInt8>, to out: inout [UInt8]) {
        for byte in bytes {
            if isLiteral(byte) || byte == slash { out.append(byte) } else { appendEscaped(byte, to: &out) }
        }
    }

    /// The folder that holds `path`, which is canonical and ends in a slash; nil for the root.
    static func parent(of path: [UInt8]) -> [UInt8]? {
        guard path.count > 1 else { return nil }
        guard let end = path.dropLast().lastIndex(of: slash) else { return nil }
        return Array(path[...end])
    }

    /// Empty, `.` or `..`.
    private static func isOddSegment(_ out: [UInt8], from start: Int) -> Bool {
        isOddSegment(out[start...])
    }

    static func isOddSegment(_ segment: ArraySlice<UInt8>) -> Bool {
        segment.count <= 2 && segment.allSatisfy { $0 == dot }
    }

    static func appendEscaped(_ byte: UInt8, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "%"))
        out.append(hexDigit(byte >> 4))
        out.append(hexDigit(byte & 15))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") - 10 + value
    }

    /// Letters, digits and `- . _ ~ ! $ & ' ( ) * , : = @`.
    @inline(__always)
    static func isLiteral(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x27FF_77D2_0000_0000
        let high: UInt64 = 0x47FF_FFFE_87FF_FFFF
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")
}
