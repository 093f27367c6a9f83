/// `If-None-Match` read from bytes, for answers out of memory (RFC 9110 §13.1.2): no list is built.
package enum EntityTagScan {
    /// Whether `list` holds `tag`, compared weakly, or is `*`; nil for what is no list of entity tags, which the full
    /// rules judge.
    ///
    /// - Parameters:
    ///   - list: the value of the one `If-None-Match` field.
    ///   - tag: the stored entity tag with its quotes, and `W/` where it is weak.
    package static func matches(_ list: UnsafeRawBufferPointer, tag: UnsafeRawBufferPointer) -> Bool? {
        if list.count == 1, list[0] == UInt8(ascii: "*") { return true }
        let own = opaque(tag)
        guard isQuoted(own) else { return nil }
        var found = false
        var index = 0
        while true {
            guard let end = tagEnd(list, from: index) else { return nil }
            let candidate = opaque(UnsafeRawBufferPointer(rebasing: list[index..<end]))
            if candidate.elementsEqual(own) { found = true }
            index = skipSpace(list, from: end)
            if index == list.count { return found }
            guard list[index] == UInt8(ascii: ",") else { return nil }
            index = skipSpace(list, from: index + 1)
        }
    }

    /// `[W/] DQUOTE *etagc DQUOTE` at `start`; nil when there is none.
    private static func tagEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        if index + 1 < bytes.count, bytes[index] == UInt8(ascii: "W"), bytes[index + 1] == UInt8(ascii: "/") {
            index += 2
        }
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { return nil }
        index += 1
        while index < bytes.count, isTagByte(bytes[index]) { index += 1 }
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { return nil }
        return index + 1
    }

    /// The tag without its mark of weakness.
    private static func opaque(_ tag: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard tag.count > 2, tag[0] == UInt8(ascii: "W"), tag[1] == UInt8(ascii: "/") else { return tag }
        return UnsafeRawBufferPointer(rebasing: tag[2...])
    }

    private static func isQuoted(_ tag: UnsafeRawBufferPointer) -> Bool {
        tagEnd(tag, from: 0) == tag.count
    }

    private static func isTagByte(_ byte: UInt8) -> Bool {
        byte == 0x21 || (byte >= 0x23 && byte != 0x7F)
    }

    private static func skipSpace(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        return index
    }
}
