@testable import RiffleHTTP2

/// `82 86 84` as bytes; white space is for the reader.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).compactMap { offset in
        let start = digits.index(digits.startIndex, offsetBy: offset)
        return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
    }
}

extension HPACKDecoder {
    /// The fields of a block as `name: value`, or why it is refused.
    mutating func lines(_ block: [UInt8], into list: FieldList = FieldList(limit: 32 << 10)) -> [String] {
        if let fault = block.withUnsafeBytes({ decode($0, into: list) }) { return ["\(fault)"] }
        return list.fields.map {
            "\(String(decoding: list.name($0), as: UTF8.self)): \(String(decoding: list.value($0), as: UTF8.self))"
        }
    }
}

extension HPACKWriter {
    mutating func field(_ name: String, _ value: String) {
        Array(name.utf8).withUnsafeBytes { name in
            Array(value.utf8).withUnsafeBytes { field(name: name, value: $0) }
        }
    }
}
