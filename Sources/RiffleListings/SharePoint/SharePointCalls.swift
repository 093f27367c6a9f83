/// One step of a path of SharePoint's REST service: a name, perhaps with arguments in parentheses.
struct SharePointCall: Equatable {
    /// Most steps of one path, the site's own segments included.
    static let limit = 64

    /// In lower case: the service reads names of operations without regard to it.
    var name: [UInt8]
    /// As it was spelled; a site's segments are names of its own.
    var spelled: [UInt8]
    /// What stands between the parentheses, decoded; nil without any.
    var arguments: [UInt8]?

    func isNamed(_ text: StaticString) -> Bool { name.withUnsafeBytes { ASCII.equals($0, text) } }

    /// The calls of a path as sent; nil when it could be read in more than one way. A slash within quotes belongs to the
    /// argument, and so does one that is encoded.
    static func parse(_ raw: UnsafeRawBufferPointer) -> [SharePointCall]? {
        guard raw.first == FolderPath.slash, raw.count <= FormBuffer.capacity,
            let bytes = decoded(UnsafeRawBufferPointer(rebasing: raw[1...]))
        else { return nil }
        var calls: [SharePointCall] = []
        var start = 0
        var open: Int?
        var isQuoted = false
        for index in 0...bytes.count {
            let byte = index < bytes.count ? bytes[index] : FolderPath.slash
            if open != nil, byte == quote { isQuoted.toggle() }
            if open == nil, byte == UInt8(ascii: "(") { open = index }
            let ends = index == bytes.count || byte == FolderPath.slash && !isQuoted
            guard ends else { continue }
            guard !isQuoted, calls.count < limit else { return nil }
            let segment = bytes[start..<index]
            start = index + 1
            // One slash at the end is nobody's.
            if segment.isEmpty, index == bytes.count, !calls.isEmpty { break }
            guard let call = SharePointCall(segment, open: open) else { return nil }
            open = nil
            calls.append(call)
        }
        return calls
    }

    private init?(_ segment: ArraySlice<UInt8>, open: Int?) {
        guard !FolderPath.isOddSegment(segment) else { return nil }
        spelled = Array(segment)
        guard let open else {
            name = Self.lowered(segment)
            return
        }
        guard segment.last == UInt8(ascii: ")") else { return nil }
        name = Self.lowered(segment[..<open])
        arguments = Array(segment[(open + 1)...].dropLast())
    }

    /// Percent escapes resolved; nil for a broken one, for control bytes and for backslashes.
    static func decoded(_ raw: UnsafeRawBufferPointer) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            var byte = raw[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < raw.count, let high = ASCII.hexValue(raw[index]),
                    let low = ASCII.hexValue(raw[index + 1])
                else { return nil }
                byte = high << 4 | low
                index += 2
            }
            guard byte >= 0x20, byte != 0x7F, byte != UInt8(ascii: "\\") else { return nil }
            out.append(byte)
        }
        return out
    }

    static func lowered(_ text: some Sequence<UInt8>) -> [UInt8] {
        text.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    }

    private static let quote = UInt8(ascii: "'")
}

extension SharePointCall {
    /// The text of the argument of one of these names, or of the first when it has none; an alias (`@a`) is looked up in
    /// the query.
    func text(_ names: [StaticString], query: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let arguments else { return nil }
        for (name, value) in Self.split(arguments) {
            guard let name else { return Self.unquoted(value, query) }
            if names.contains(where: { text in name.withUnsafeBytes { ASCII.equals($0, text) } }) {
                return Self.unquoted(value, query)
            }
        }
        return nil
    }

    /// `a='x',b=true` in parts, names in lower case.
    private static func split(_ arguments: [UInt8]) -> [(name: [UInt8]?, value: ArraySlice<UInt8>)] {
        var parts: [(name: [UInt8]?, value: ArraySlice<UInt8>)] = []
        var start = 0
        var equals: Int?
        var isQuoted = false
        for index in 0...arguments.count {
            let byte = index < arguments.count ? arguments[index] : UInt8(ascii: ",")
            if byte == quote { isQuoted.toggle() }
            if byte == UInt8(ascii: "="), !isQuoted, equals == nil { equals = index }
            guard index == arguments.count || byte == UInt8(ascii: ",") && !isQuoted else { continue }
            let name = equals.map { lowered(trimmed(arguments[start..<$0])) }
            parts.append((name, trimmed(arguments[(equals.map { $0 + 1 } ?? start)..<index])))
            start = index + 1
            equals = nil
        }
        return parts
    }

    private static func unquoted(_ value: ArraySlice<UInt8>, _ query: UnsafeRawBufferPointer) -> [UInt8]? {
        if value.first == UInt8(ascii: "@") { return alias(value, query).flatMap { literal($0[...]) } }
        return literal(value)
    }

    private static func alias(_ name: ArraySlice<UInt8>, _ query: UnsafeRawBufferPointer) -> [UInt8]? {
        var found: [UInt8]?
        for option in QueryOptions(query) where decoded(option.name).map({ $0[...] == name }) == true {
            guard found == nil, let value = decoded(option.value) else { return nil }
            found = value
        }
        return found
    }

    /// What stands between quotes, doubled ones resolved.
    private static func literal(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        let value = trimmed(value)
        guard value.count >= 2, value.first == quote, value.last == quote else { return nil }
        var out: [UInt8] = []
        var index = value.startIndex + 1
        while index < value.endIndex - 1 {
            if value[index] == quote {
                guard index + 1 < value.endIndex - 1, value[index + 1] == quote else { return nil }
                index += 1
            }
            out.append(value[index])
            index += 1
        }
        return out
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop { $0 == 0x20 }
        while text.last == 0x20 { text.removeLast() }
        return text
    }
}
