/// The members of one JSON object (RFC 8259) with their values as spelled. Pure, without recursion.
///
/// Names with escapes and names said twice make the whole object unreadable: readers that disagree about them would see
/// different people in one token.
enum FlatJSON {
    struct Member: Equatable {
        let name: String
        let value: [UInt8]
    }

    private static let maximumMembers = 128
    private static let deepestNesting = 8

    static func members(_ bytes: [UInt8]) -> [Member]? {
        var scanner = Scanner(bytes: bytes)
        guard scanner.take(UInt8(ascii: "{")) else { return nil }
        var members: [Member] = []
        if !scanner.take(UInt8(ascii: "}")) {
            repeat {
                guard let name = scanner.text(), !name.contains(UInt8(ascii: "\\")),
                    let spelled = String(validating: name.dropFirst().dropLast(), as: UTF8.self),
                    scanner.take(UInt8(ascii: ":")), let value = scanner.value(), members.count < maximumMembers,
                    !members.contains(where: { $0.name == spelled })
                else { return nil }
                members.append(Member(name: spelled, value: Array(value)))
            } while scanner.take(UInt8(ascii: ","))
            guard scanner.take(UInt8(ascii: "}")) else { return nil }
        }
        return scanner.isAtEnd ? members : nil
    }

    static func isText(_ value: [UInt8]) -> Bool { value.first == UInt8(ascii: "\"") }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        private mutating func skipSpace() {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return position == bytes.count
            }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            skipSpace()
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        /// A string with its quotes.
        mutating func text() -> ArraySlice<UInt8>? {
            let start = position
            guard take(UInt8(ascii: "\"")) else { return nil }
            let first = position - 1
            while position < bytes.count {
                let byte = bytes[position]
                guard byte >= 0x20 else { break }
                position += byte == UInt8(ascii: "\\") ? 2 : 1
                if byte == UInt8(ascii: "\"") { return bytes[first..<position] }
            }
            position = start
            return nil
        }

        /// Any value as spelled; brackets must match, words are not judged.
        mutating func value() -> ArraySlice<UInt8>? {
            skipSpace()
            let start = position
            var open: [UInt8] = []
            repeat {
                skipSpace()
                guard position < bytes.count else { return nil }
                switch bytes[position] {
                case UInt8(ascii: "\""): guard text() != nil else { return nil }
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    guard open.count < FlatJSON.deepestNesting else { return nil }
                    // The closing bracket stands two places further in ASCII.
                    open.append(bytes[position] + 2)
                    position += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    guard open.popLast() == bytes[position] else { return nil }
                    position += 1
                case UInt8(ascii: ","), UInt8(ascii: ":"):
                    guard !open.isEmpty else { return nil }
                    position += 1
                default: guard word() else { return nil }
                }
            } while !open.isEmpty
            return bytes[start..<position]
        }

        /// A number, `true`, `false` or `null`.
        private mutating func word() -> Bool {
            let start = position
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"):
                    position += 1
                    continue
                default: break
                }
                break
            }
            return position > start
        }
    }
}
