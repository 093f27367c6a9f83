/// Writes header blocks that need no memory between them: out of the static table, else literally and never to be
/// remembered (RFC 7541 §6). What is written once may therefore be sent again, on any connection.
package struct HPACKWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    /// In front of a block: the table of this side is empty and stays so (§6.3).
    package static let noTable: UInt8 = 0x20

    package init(reservingCapacity capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func status(_ status: Int) {
        let known = StaticTable.status(status)
        if known != 0 { return bytes.append(0x80 | known) }
        literal(token: FieldToken.status, isSecret: false)
        let digits = String(status)
        var copy = digits
        copy.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter name: in lower case.
    package mutating func field(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let token = StaticTable.token(of: name)
        // Nobody on the way may remember whose session it is (§7.1.3).
        literal(token: token, isSecret: token == FieldToken.setCookie)
        if token == FieldToken.none { string(name) }
        string(value)
    }

    private mutating func literal(token: UInt8, isSecret: Bool) {
        integer(Int(token), prefix: 4, flags: isSecret ? 0x10 : 0)
    }

    private mutating func string(_ text: UnsafeRawBufferPointer) {
        let coded = Huffman.encodedLength(text)
        if coded < text.count {
            integer(coded, prefix: 7, flags: 0x80)
            Huffman.encode(text, into: &bytes)
        } else {
            integer(text.count, prefix: 7, flags: 0)
            bytes.append(contentsOf: text)
        }
    }

    private mutating func integer(_ value: Int, prefix: Int, flags: UInt8) {
        let most = (1 << prefix) - 1
        guard value >= most else { return bytes.append(flags | UInt8(truncatingIfNeeded: value)) }
        bytes.append(flags | UInt8(truncatingIfNeeded: most))
        var rest = value - most
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
