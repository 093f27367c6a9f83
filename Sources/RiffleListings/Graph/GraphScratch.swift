/// Room for taking one path apart: its decoded bytes and its segments. Reused, so that it allocates nothing once warm.
package struct GraphScratch: Sendable {
    private(set) var bytes: [UInt8] = []
    private var segments: [Range<Int>] = []

    package init() {
        bytes.reserveCapacity(4_096)
        segments.reserveCapacity(64)
    }

    var count: Int { segments.count }

    subscript(index: Int) -> ArraySlice<UInt8> {
        index < segments.count ? bytes[segments[index]] : []
    }

    /// Decodes `raw` and splits it at its slashes, encoded ones too; false when servers could disagree on it.
    mutating func split(_ raw: UnsafeRawBufferPointer) -> Bool {
        bytes.removeAll(keepingCapacity: true)
        segments.removeAll(keepingCapacity: true)
        guard raw.first == FolderPath.slash, raw.count <= FormBuffer.capacity else { return false }
        var index = 1
        var start = 0
        while index <= raw.count {
            if index == raw.count {
                segments.append(start..<bytes.count)
                break
            }
            var byte = raw[index]
            index &+= 1
            if byte == UInt8(ascii: "%") {
                guard index &+ 1 < raw.count, let high = ASCII.hexValue(raw[index]),
                    let low = ASCII.hexValue(raw[index &+ 1])
                else { return false }
                byte = high << 4 | low
                index &+= 2
            }
            guard byte >= 0x20, byte != 0x7F, byte != UInt8(ascii: "\\") else { return false }
            if byte == FolderPath.slash {
                segments.append(start..<bytes.count)
                guard segments.count < GraphPath.segmentLimit else { return false }
                start = bytes.count
            } else {
                bytes.append(byte)
            }
        }
        return !segments.contains { range in
            // Dot segments: not empty ones, which the grammar judges.
            !range.isEmpty && range.count <= 2 && bytes[range].allSatisfy { $0 == UInt8(ascii: ".") }
        }
    }

    /// Equal but for the case of ASCII letters; `text` is in lower case.
    func matches(_ index: Int, _ text: StaticString) -> Bool {
        guard index < segments.count else { return false }
        let range = segments[index]
        return bytes.withUnsafeBytes { ASCII.matches(UnsafeRawBufferPointer(rebasing: $0[range]), text) }
    }

    func isName(_ index: Int) -> Bool { index < segments.count && !segments[index].isEmpty }

    /// Whether a path begins behind this segment: `root:`.
    func opensPath(_ index: Int) -> Bool { closes(index) }

    /// Whether the segment ends with a colon.
    func closes(_ index: Int) -> Bool {
        index < segments.count && segments[index].count > 1 && bytes[segments[index].upperBound - 1] == Self.colon
    }

    mutating func dropColon(_ index: Int) {
        guard closes(index) else { return }
        segments[index] = segments[index].lowerBound..<segments[index].upperBound - 1
    }

    mutating func remove(_ index: Int) { segments.remove(at: index) }

    /// Makes two segments of a key form: `items('x')` becomes `items` and `x`.
    mutating func expandKey(_ index: Int) {
        guard index < segments.count else { return }
        let range = segments[index]
        guard range.count > 4, bytes[range.upperBound - 1] == UInt8(ascii: ")"),
            bytes[range.upperBound - 2] == Self.quote,
            let open = bytes[range].firstIndex(of: UInt8(ascii: "(")), open + 1 < range.upperBound - 2,
            bytes[open + 1] == Self.quote
        else { return }
        segments[index] = range.lowerBound..<open
        segments.insert(open + 2..<range.upperBound - 2, at: index + 1)
    }

    /// `sites/{host}:/{path}:` as one segment, its colons kept; false when it is not closed.
    mutating func joinSitePath(_ index: Int) -> Bool {
        var end = index + 1
        while end < segments.count, !closes(end) { end += 1 }
        guard end < segments.count else { return false }
        // The bytes of neighbouring segments lie next to each other, without their slashes: put those back.
        var joined: [UInt8] = []
        for part in index...end {
            if part > index { joined.append(FolderPath.slash) }
            joined.append(contentsOf: self[part])
        }
        segments.removeSubrange(index + 1...end)
        let start = bytes.count
        bytes.append(contentsOf: joined)
        segments[index] = start..<bytes.count
        return true
    }

    private static let colon = UInt8(ascii: ":")
    private static let quote = UInt8(ascii: "'")
}
