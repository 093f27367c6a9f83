/// Reads header blocks (RFC 7541): all of a connection's, one after the other, since each may refer to what those before
/// it brought.
package struct HPACKDecoder: Sendable {
    private var table = DynamicTable()

    package init() {}

    /// Replaces what `list` holds with the fields of `block`.
    ///
    /// A list that gets too large is cut short, but read to its end: what comes after it may refer to what is in it. One
    /// that unfolds without measure ends the connection (RFC 9113 §10.5.1).
    ///
    /// - Returns: why the connection must end, nil when the block could be read.
    package mutating func decode(_ block: UnsafeRawBufferPointer, into list: FieldList) -> ErrorCode? {
        do throws(ErrorCode) {
            try read(block, into: list)
            return nil
        } catch {
            return error
        }
    }

    private mutating func read(_ block: UnsafeRawBufferPointer, into list: FieldList) throws(ErrorCode) {
        list.clear()
        var reader = HPACKReader(block)
        var isFirst = true
        while let byte = reader.peek() {
            if byte & 0xE0 == 0x20 {
                // Only in front of the first field (§4.2), and not beyond what SETTINGS allow (§6.3).
                let limit = try reader.integer(prefix: 5)
                guard isFirst, limit <= DynamicTable.defaultLimit else { throw .compressionError }
                table.resize(to: limit)
                continue
            }
            isFirst = false
            guard !list.isHopeless else { throw .enhanceYourCalm }
            if byte & 0x80 != 0 {
                try indexed(try reader.integer(prefix: 7), list)
            } else if byte & 0x40 != 0 {
                try literal(&reader, index: try reader.integer(prefix: 6), isRemembered: true, list)
            } else {
                try literal(&reader, index: try reader.integer(prefix: 4), isRemembered: false, list)
            }
        }
    }

    private func indexed(_ index: Int, _ list: FieldList) throws(ErrorCode) {
        if index > 0, index < StaticTable.count {
            let entry = StaticTable.entries[index]
            let (name, value) = (entry.name.bytes, entry.value.bytes)
            if !list.isTooLarge {
                try Self.check(name.count + value.count, fits: list.room(from: 0))
                list.room(from: 0).copyMemory(from: name)
                list.room(from: name.count).copyMemory(from: value)
            }
            list.append(nameLength: name.count, valueLength: value.count, token: entry.token)
        } else {
            guard index > 0, let entry = table.entry(index - StaticTable.count) else { throw .compressionError }
            // What is counted only need not be copied.
            if !list.isTooLarge {
                try Self.check(entry.bytes, fits: list.room(from: 0))
                table.copy(entry.start, entry.bytes, into: list.room(from: 0))
            }
            list.append(nameLength: entry.nameLength, valueLength: entry.valueLength, token: entry.token)
        }
    }

    private mutating func literal(
        _ reader: inout HPACKReader, index: Int, isRemembered: Bool, _ list: FieldList
    ) throws(ErrorCode) {
        let nameLength: Int
        let token: UInt8
        if index == 0 {
            nameLength = try reader.string(into: list.room(from: 0))
            token = StaticTable.token(of: list.written(nameLength, 0).name)
        } else if index < StaticTable.count {
            let entry = StaticTable.entries[index]
            try Self.check(entry.name.bytes.count, fits: list.room(from: 0))
            list.room(from: 0).copyMemory(from: entry.name.bytes)
            nameLength = entry.name.bytes.count
            token = entry.token
        } else {
            guard let entry = table.entry(index - StaticTable.count) else { throw .compressionError }
            try Self.check(entry.nameLength, fits: list.room(from: 0))
            table.copy(entry.start, entry.nameLength, into: list.room(from: 0))
            nameLength = entry.nameLength
            token = entry.token
        }
        let valueLength = try reader.string(into: list.room(from: nameLength))
        if isRemembered {
            let (name, value) = list.written(nameLength, valueLength)
            table.insert(name: name, value: value, token: token)
        }
        list.append(nameLength: nameLength, valueLength: valueLength, token: token)
    }

    private static func check(_ length: Int, fits room: UnsafeMutableRawBufferPointer) throws(ErrorCode) {
        guard length <= room.count else { throw .enhanceYourCalm }
    }
}

/// Walks over the bytes of a header block.
struct HPACKReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    func peek() -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func next() throws(ErrorCode) -> UInt8 {
        guard offset < bytes.count else { throw .compressionError }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// An integer whose first byte leaves `prefix` bits for it (§5.1). Those beyond 28 bits are nobody's honest ones.
    mutating func integer(prefix: Int) throws(ErrorCode) -> Int {
        let most = (1 << prefix) - 1
        var value = Int(try next()) & most
        guard value == most else { return value }
        for shift in stride(from: 0, to: 28, by: 7) {
            let byte = try next()
            value += Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .compressionError
    }

    /// A string (§5.2), decoded.
    ///
    /// - Returns: bytes written into `output`.
    mutating func string(into output: UnsafeMutableRawBufferPointer) throws(ErrorCode) -> Int {
        guard let first = peek() else { throw .compressionError }
        let length = try integer(prefix: 7)
        guard length <= bytes.count - offset else { throw .compressionError }
        let text = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)])
        offset += length
        guard first & 0x80 != 0 else {
            guard length <= output.count else { throw .enhanceYourCalm }
            output.copyMemory(from: text)
            return length
        }
        guard Huffman.mostDecoded(length) <= output.count else { throw .enhanceYourCalm }
        guard let count = Huffman.decode(text, into: output) else { throw .compressionError }
        return count
    }
}

extension StaticString {
    /// The bytes, which live as long as the program.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}
