/// The code in which strings of a header block may come (RFC 7541 §5.2, appendix B).
///
/// It is canonical: codes of one length follow one another in the order of their symbols, and longer codes follow shorter
/// ones. So the lengths say all of it.
enum Huffman {
    /// Bits of the code of each byte, and of the end of a string.
    private static let lengths: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
        7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
        23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
        21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
    ]
    private static let longest = 30
    /// Codes up to this are found in one step.
    private static let short = 8
    private static let endOfString = 256

    private struct Tables: Sendable {
        /// For each byte that may begin the rest: symbol and length of a short code, 0 where the code is longer.
        var first = [UInt16](repeating: 0, count: 1 << Huffman.short)
        var code = [UInt32](repeating: 0, count: Huffman.lengths.count)
        /// Symbols by length, then by number.
        var sorted: [UInt16] = []
        var firstCode = [UInt32](repeating: 0, count: Huffman.longest + 1)
        var firstPlace = [Int](repeating: 0, count: Huffman.longest + 1)
        var places = [Int](repeating: 0, count: Huffman.longest + 1)

        init() {
            var next: UInt32 = 0
            for length in 1...Huffman.longest {
                next <<= 1
                firstCode[length] = next
                firstPlace[length] = sorted.count
                for symbol in Huffman.lengths.indices where Huffman.lengths[symbol] == length {
                    code[symbol] = next
                    sorted.append(UInt16(symbol))
                    if length <= Huffman.short {
                        let start = Int(next) << (Huffman.short - length)
                        for place in start..<(start + 1 << (Huffman.short - length)) {
                            first[place] = UInt16(symbol) << 4 | UInt16(length)
                        }
                    }
                    next += 1
                }
                places[length] = sorted.count - firstPlace[length]
            }
        }
    }

    private static let tables = Tables()

    /// The most bytes that `count` bytes of code stand for: no code is shorter than five bits.
    static func mostDecoded(_ count: Int) -> Int { count * 8 / 5 + 1 }

    /// - Parameter output: with room for ``mostDecoded(_:)``.
    /// - Returns: bytes written; nil where the code is broken: an end of string within, or padding that is not the
    ///   beginning of one or takes a byte or more.
    static func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
        tables.first.withUnsafeBufferPointer { first in
            // The bits not decoded yet stand at the top; behind them all are zero.
            var bits: UInt64 = 0
            var held = 0
            var offset = 0
            var count = 0
            while true {
                while held <= 56, offset < input.count {
                    bits |= UInt64(input[offset]) << UInt64(56 - held)
                    held += 8
                    offset += 1
                }
                let found = first[Int(bits >> UInt64(64 - short))]
                var symbol = Int(found >> 4)
                var length = Int(found & 0xF)
                if found == 0 {
                    guard let (long, itsLength) = decodeLong(bits, held) else { break }
                    (symbol, length) = (long, itsLength)
                }
                guard length <= held else { break }
                guard symbol != endOfString else { return nil }
                output[count] = UInt8(truncatingIfNeeded: symbol)
                count += 1
                bits <<= UInt64(length)
                held -= length
            }
            let isPadding = held < 8 && (held == 0 || bits >> UInt64(64 - held) == (1 << UInt64(held)) - 1)
            return isPadding ? count : nil
        }
    }

    private static func decodeLong(_ bits: UInt64, _ held: Int) -> (symbol: Int, length: Int)? {
        let tables = tables
        var length = short + 1
        while length <= min(longest, held) {
            let code = UInt32(truncatingIfNeeded: bits >> UInt64(64 - length))
            let place = Int(code) - Int(tables.firstCode[length])
            if place >= 0, place < tables.places[length] {
                return (Int(tables.sorted[tables.firstPlace[length] + place]), length)
            }
            length += 1
        }
        return nil
    }

    static func encodedLength(_ bytes: UnsafeRawBufferPointer) -> Int {
        (bytes.reduce(0) { $0 + Int(lengths[Int($1)]) } + 7) / 8
    }

    static func encode(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        let codes = tables.code
        var bits: UInt64 = 0
        var held = 0
        for byte in bytes {
            let length = Int(lengths[Int(byte)])
            bits = bits << UInt64(length) | UInt64(codes[Int(byte)])
            held += length
            while held >= 8 {
                held -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt64(held)))
            }
        }
        // Padded with the beginning of the end of a string: ones.
        if held > 0 { output.append(UInt8(truncatingIfNeeded: bits << UInt64(8 - held)) | 0xFF >> UInt8(held)) }
    }
}
