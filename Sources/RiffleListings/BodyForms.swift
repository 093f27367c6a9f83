/// Memo of canonicalised PROPFIND bodies of one event loop: clients send a handful of bodies, over and over.
///
/// A direct-mapped table of ``slots`` bodies; a collision replaces, which costs time and nothing else. A body is
/// compared byte for byte before its form is used.
package struct BodyForms {
    /// Bodies remembered.
    static let slots = 64
    /// Longer bodies are canonicalised each time.
    static let bodyLimit = 4_096

    private struct Slot {
        var body: [UInt8] = []
        var form: [UInt8] = []
    }

    private var table = [Slot](repeating: Slot(), count: slots)

    package init() {}

    /// Appends the canonical form of `body` as one field; false when the body is none that riffle understands.
    mutating func append(_ body: UnsafeRawBufferPointer, to buffer: inout FormBuffer) -> Bool {
        guard !body.isEmpty else {
            // Most clients send none, and it needs no memo.
            buffer.appendLength(1)
            buffer.form.append(PropfindBody.allprop)
            return true
        }
        let index = Self.slot(of: body)
        if table[index].body.count == body.count, Self.isEqual(table[index].body, body) {
            table[index].form.withUnsafeBytes { buffer.appendField($0) }
            return true
        }
        guard let form = PropfindBody.canonicalForm(of: body) else { return false }
        form.withUnsafeBytes { buffer.appendField($0) }
        if body.count <= Self.bodyLimit { table[index] = Slot(body: Array(body), form: form) }
        return true
    }

    private static func isEqual(_ known: [UInt8], _ body: UnsafeRawBufferPointer) -> Bool {
        known.withUnsafeBytes { known in
            var index = 0
            while index &+ 8 <= body.count {
                let left = known.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if left != body.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
                index &+= 8
            }
            while index < body.count {
                if known[index] != body[index] { return false }
                index &+= 1
            }
            return true
        }
    }

    /// Words of eight bytes, multiplied and folded, over at most the first 4 KiB.
    private static func slot(of body: UnsafeRawBufferPointer) -> Int {
        let odd: UInt64 = 0x9E37_79B9_7F4A_7C15
        let end = min(body.count, bodyLimit)
        var hash = UInt64(truncatingIfNeeded: end)
        var index = 0
        while index &+ 8 <= end {
            hash = (hash ^ body.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* odd
            hash ^= hash >> 32
            index &+= 8
        }
        while index < end {
            hash = (hash ^ UInt64(body[index])) &* odd
            index &+= 1
        }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) % UInt64(slots))
    }
}
