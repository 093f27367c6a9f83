import RiffleHTTP

/// Scratch of one event loop, reused by every classification: it appends bytes and allocates nothing once warm.
package struct FormBuffer {
    /// Most bytes of a canonical path, and of a form; requests beyond it pass through.
    package static let capacity = 16_384

    package var path: [UInt8] = []
    package var form: [UInt8] = []
    var graph = GraphScratch()

    package init() {
        path.reserveCapacity(Self.capacity)
        form.reserveCapacity(Self.capacity)
    }

    mutating func clear() {
        path.removeAll(keepingCapacity: true)
        form.removeAll(keepingCapacity: true)
    }

    /// Canonicalises the path of a request into ``path``, closed by a slash; false when servers could disagree on it.
    mutating func setPath(_ raw: UnsafeRawBufferPointer) -> Bool {
        guard FolderPath.canonicalise(raw, into: &path) == .plain else { return false }
        if path.last != FolderPath.slash { path.append(FolderPath.slash) }
        return path.count <= Self.capacity
    }

    /// One decoded segment of a path, encoded canonically, and a slash.
    mutating func appendPath(_ segment: ArraySlice<UInt8>) {
        for byte in segment {
            if FolderPath.isLiteral(byte) { path.append(byte) } else { FolderPath.appendEscaped(byte, to: &path) }
        }
        path.append(FolderPath.slash)
    }

    mutating func appendTag(dialect: UInt8, depth: UInt8, slash: UInt8, type: UInt8) {
        form.append(dialect)
        form.append(depth)
        form.append(slash)
        form.append(type)
    }

    /// One field with its length in front, so that no two sequences of fields spell the same form.
    mutating func appendField(_ value: UnsafeRawBufferPointer) {
        appendLength(value.count)
        form.append(contentsOf: value)
    }

    mutating func appendAbsentField() {
        form.append(0xFF)
    }

    /// Every occurrence of a request field, in order.
    mutating func appendFields(_ known: KnownField, _ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
        if head.has(known) {
            for field in head.fields where field.known == known {
                appendField(UnsafeRawBufferPointer(rebasing: bytes[field.value.range]))
            }
        }
        appendAbsentField()
    }

    mutating func appendQuery(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
        if head.hasQuery { appendField(UnsafeRawBufferPointer(rebasing: bytes[head.query.range])) }
        appendAbsentField()
    }

    /// `Accept`, where `*/*` says as much as nothing.
    mutating func appendAccept(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
        if let value = head.value(.accept), !head.isRepeated(.accept),
            ASCII.matches(UnsafeRawBufferPointer(rebasing: bytes[value.range]), "*/*")
        {
            appendAbsentField()
        } else {
            appendFields(.accept, head, bytes)
        }
    }

    /// Three bytes whose first is never 0xFF: lengths stay far below 16 MiB.
    mutating func appendLength(_ count: Int) {
        form.append(UInt8(truncatingIfNeeded: count >> 16) & 0x7F)
        form.append(UInt8(truncatingIfNeeded: count >> 8))
        form.append(UInt8(truncatingIfNeeded: count))
    }
}

/// The first four bytes of every form: dialect, depth, slash, type of the request body.
enum FormTag {
    static let count = 4
    static let depth = 1
    static let slash = 2
    /// Of a form that an operator's rule made, which rule it was.
    static let type = 3

    static let webdav = UInt8(ascii: "W")
    static let autoindex = UInt8(ascii: "A")
    static let json = UInt8(ascii: "J")
    static let graph = UInt8(ascii: "G")
    static let s3 = UInt8(ascii: "S")
    static let depthZero = UInt8(ascii: "0")
    static let depthOne = UInt8(ascii: "1")
    /// `Depth: 1,noroot`: the children without the folder itself.
    static let depthOneNoRoot = UInt8(ascii: "r")
    static let none = UInt8(ascii: "-")
    static let withSlash = UInt8(ascii: "s")
    static let withoutSlash = UInt8(ascii: "n")
}
