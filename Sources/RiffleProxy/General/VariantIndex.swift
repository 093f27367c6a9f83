import NIOCore
import RiffleCache

/// What is kept under the primary key of a response that varies: by which fields, and which variants there are
/// (RFC 9111 §4.1). Pure but for its encoding into an entry.
struct VariantIndex: Equatable {
    /// Variants of one response kept at once; the oldest makes room.
    static let maximumVariants = 64
    /// Different lists of fields remembered: an origin should say the same one always.
    static let maximumNameLists = 4

    /// Lists of selecting fields, the latest first.
    private(set) var names: [[String]] = []
    /// The variants, the oldest first.
    private(set) var variants: [Hash128] = []

    /// - Returns: the variant that had to make room.
    mutating func note(_ list: [String], _ variant: Hash128) -> Hash128? {
        names.removeAll { $0 == list }
        names.insert(list, at: 0)
        if names.count > Self.maximumNameLists { names.removeLast() }
        variants.removeAll { $0 == variant }
        variants.append(variant)
        return variants.count > Self.maximumVariants ? variants.removeFirst() : nil
    }

    // MARK: As an entry

    /// No response has that status: it marks an index.
    static let status = 0

    var image: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt32(names.count))
        for list in names {
            let text = list.joined(separator: ",")
            buffer.writeInteger(UInt32(text.utf8.count))
            buffer.writeString(text)
        }
        for variant in variants {
            buffer.writeInteger(variant.high)
            buffer.writeInteger(variant.low)
        }
        return buffer
    }

    init() {}

    /// nil unless the entry is an index.
    init?(_ entry: Entry) {
        guard entry.status == Self.status else { return nil }
        var image = entry.image
        guard let count = image.readInteger(as: UInt32.self), count <= Self.maximumNameLists else { return nil }
        for _ in 0..<count {
            guard let length = image.readInteger(as: UInt32.self), let text = image.readString(length: Int(length))
            else { return nil }
            names.append(text.split(separator: ",").map(String.init))
        }
        while let high = image.readInteger(as: UInt64.self), let low = image.readInteger(as: UInt64.self) {
            variants.append(Hash128(high: high, low: low))
        }
    }
}
