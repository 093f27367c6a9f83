import Glibc
import NIOCore
import NIOHPACK

/// What an answer's field block (RFC 7541) says of its status and outcome, without decoding what nobody asks for.
///
/// This client keeps no table for its peer, so a block stands for itself and the same bytes always mean the same. The two
/// fields that count are found by walking the block; what they mean is looked up among those seen last, and only a new pair
/// is decoded.
struct AnswerFields {
    struct Meaning {
        /// Nil in trailers.
        var status: Int?
        var label: OutcomeLabel
    }

    private struct Known {
        var status: [UInt8]
        var cacheStatus: [UInt8]
        var meaning: Meaning
    }

    static let remembered = 16
    /// Fields of the static table; the eighth to the fourteenth are statuses (RFC 7541, appendix A).
    private static let staticFields = 61
    private static let statuses = 8...14
    /// An integer of more bytes than this counts nothing that fits a block.
    private static let maxIntegerBytes = 4
    private static let names = [name(huffman: false), name(huffman: true)]

    private var known: [Known] = []
    private var replaced = 0
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator(), maxDynamicTableSize: 0)

    /// Nil when it is no block.
    mutating func read(_ block: UnsafeRawBufferPointer) -> Meaning? {
        var index = 0
        var status = 0..<0
        var cacheStatus = 0..<0
        while index < block.count {
            let start = index
            let byte = block[index]
            if byte & 0x80 != 0 {
                guard let number = Self.integer(block, 7, &index), (1...Self.staticFields).contains(number) else {
                    return nil
                }
                if Self.statuses.contains(number) { status = start..<index }
            } else if byte & 0xE0 == 0x20 {
                guard Self.integer(block, 5, &index) != nil else { return nil }
            } else {
                guard let number = Self.integer(block, byte & 0x40 != 0 ? 6 : 4, &index), number <= Self.staticFields
                else { return nil }
                var isCacheStatus = false
                if number == 0 {
                    guard let name = Self.string(block, &index) else { return nil }
                    isCacheStatus = Self.names.contains { Self.equal($0, block, name) }
                }
                guard let value = Self.string(block, &index) else { return nil }
                if Self.statuses.contains(number) { status = start..<index }
                if isCacheStatus { cacheStatus = value }
            }
        }
        guard !status.isEmpty else { return decode(block) }
        for each in known
        where Self.equal(each.status, block, status) && Self.equal(each.cacheStatus, block, cacheStatus) {
            return each.meaning
        }
        guard let meaning = decode(block) else { return nil }
        let entry = Known(status: Array(block[status]), cacheStatus: Array(block[cacheStatus]), meaning: meaning)
        if known.count < Self.remembered {
            known.append(entry)
        } else {
            known[replaced] = entry
            replaced = (replaced + 1) % Self.remembered
        }
        return meaning
    }

    private mutating func decode(_ block: UnsafeRawBufferPointer) -> Meaning? {
        var buffer = ByteBuffer(bytes: block)
        guard let fields = try? decoder.decodeHeaders(from: &buffer) else { return nil }
        var meaning = Meaning(status: nil, label: .none)
        if let text = fields.first(name: ":status") {
            guard let code = Int(text), (100...599).contains(code) else { return nil }
            meaning.status = code
        }
        if let value = fields[canonicalForm: "cache-status"].last {
            let bytes = Array(value.utf8)
            meaning.label = bytes.withUnsafeBytes { OutcomeLabel.parse($0, 0..<$0.count) }
        }
        return meaning
    }

    /// RFC 7541 §5.1.
    @inline(__always)
    private static func integer(_ block: UnsafeRawBufferPointer, _ prefix: UInt8, _ index: inout Int) -> Int? {
        let most = UInt8((1 << UInt16(prefix)) - 1)
        let first = block[index] & most
        index += 1
        guard first == most else { return Int(first) }
        var number = Int(most)
        for position in 0..<maxIntegerBytes {
            guard index < block.count else { return nil }
            let byte = block[index]
            index += 1
            number += Int(byte & 0x7F) << (7 * position)
            if byte & 0x80 == 0 { return number }
        }
        return nil
    }

    /// Length and Huffman mark belong to it: the same text in another code is another string (RFC 7541 §5.2).
    @inline(__always)
    private static func string(_ block: UnsafeRawBufferPointer, _ index: inout Int) -> Range<Int>? {
        guard index < block.count else { return nil }
        let start = index
        guard let length = integer(block, 7, &index), length <= block.count - index else { return nil }
        index += length
        return start..<index
    }

    @inline(__always)
    private static func equal(_ bytes: [UInt8], _ block: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        guard bytes.count == range.count else { return false }
        guard let base = block.baseAddress, !range.isEmpty else { return range.isEmpty }
        return bytes.withUnsafeBytes { own in
            own.baseAddress.map { memcmp($0, base + range.lowerBound, range.count) == 0 } ?? false
        }
    }

    /// The field's name as a string of a block.
    private static func name(huffman: Bool) -> [UInt8] {
        let text = "cache-status"
        guard huffman else { return [UInt8(text.utf8.count)] + Array(text.utf8) }
        var encoder = HPACKEncoder(allocator: ByteBufferAllocator(), useHuffmanEncoding: true, maxDynamicTableSize: 0)
        var buffer = ByteBuffer()
        let field = HPACKHeaders([(text, "")])
        guard (try? encoder.encode(headers: field, to: &buffer)) != nil else { return [] }
        // After the byte that says "a literal field", before the value's length of nought.
        return Array(buffer.readableBytesView.drop { $0 & 0xE0 == 0x20 }.dropFirst().dropLast())
    }
}
