/// Memo of canonicalised text of one event loop: clients send a handful of bodies and queries, over and over.
///
/// A direct-mapped table of ``slots`` texts; a collision replaces, which costs time and nothing else. A text is compared
/// byte for byte before its form is used.
struct FormMemo {
    /// Texts remembered.
    static let slots = 64
    /// Longer texts are canonicalised each time.
    static let textLimit = 4_096

    private struct Slot {
        var text: [UInt8] = []
        var form: [UInt8] = []
        /// An empty text is a text too: without this, a slot that was never used would pass for its memo.
        var isUsed = false
    }

    private var table = [Slot](repeating: Slot(), count: slots)

    /// Appends the canonical form of `text` as one field; false when `canonical` finds none.
    mutating func append(
        _ text: UnsafeRawBufferPointer, to buffer: inout FormBuffer,
        canonical: (UnsafeRawBufferPointer) -> [UInt8]?
    ) -> Bool {
        let index = Self.slot(of: text)
        if table[index].isUsed, table[index].text.count == text.count, Self.isEqual(table[index].text, text) {
            table[index].form.withUnsafeBytes { buffer.appendField($0) }
            return true
        }
        guard let form = canonical(text) else { return false }
        form.withUnsafeBytes { buffer.appendField($0) }
        if text.count <= Self.textLimit { table[index] = Slot(text: Array(text), form: form, isUsed: true) }
        return true
    }

    private static func isEqual(_ known: [UInt8], _ text: UnsafeRawBufferPointer) -> Bool {
        known.withUnsafeBytes { known in
            var index = 0
            while index &+ 8 <= text.count {
                let left = known.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if left != text.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
                index &+= 8
            }
            while index < text.count {
                if known[index] != text[index] { return false }
                index &+= 1
            }
            return true
        }
    }

    /// Words of eight bytes, multiplied and folded, over at most the first 4 KiB.
    private static func slot(of text: UnsafeRawBufferPointer) -> Int {
        let odd: UInt64 = 0x9E37_79B9_7F4A_7C15
        let end = min(text.count, textLimit)
        var hash = UInt64(truncatingIfNeeded: end)
        var index = 0
        while index &+ 8 <= end {
            hash = (hash ^ text.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* odd
            hash ^= hash >> 32
            index &+= 8
        }
        while index < end {
            hash = (hash ^ UInt64(text[index])) &* odd
            index &+= 1
        }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) % UInt64(slots))
    }
}
