/// The query of a Graph listing, made the same for all spellings: option names in lower case and without their `$`,
/// options in the order of their names, `$select` as a set.
enum GraphQuery {
    /// Options of one query; a longer one is no listing's.
    static let optionLimit = 32

    /// Options whose value is read, beyond being part of the form.
    struct Options: Equatable {
        /// `$expand=children`, possibly with options of its own.
        var expandsChildren = false
        var hasToken = false
        var chain: PageChain?
    }

    private struct Option {
        var name: [UInt8]
        var value: [UInt8]
    }

    /// Nil for a query that Graph could read in two ways, that names a page without its chain, or that asks for a
    /// stream of changes.
    static func canonicalForm(of query: UnsafeRawBufferPointer) -> [UInt8]? {
        guard var options = parse(query) else { return nil }
        let read = Self.read(options)
        guard read.hasToken == (read.chain != nil) else { return nil }
        options.sort { $0.name.lexicographicallyPrecedes($1.name) }
        for index in options.indices.dropFirst() where options[index].name == options[index - 1].name { return nil }
        var form: [UInt8] = [read.expandsChildren ? 1 : 0]
        for option in options {
            append(option.name, to: &form)
            append(option.name == select ? set(option.value) : option.value, to: &form)
        }
        return form
    }

    /// What the options say that matters beyond the form; nil for a query that can't be decoded.
    static func options(of query: UnsafeRawBufferPointer) -> Options? {
        parse(query).map(read)
    }

    private static func read(_ options: [Option]) -> Options {
        var result = Options()
        for option in options {
            switch option.name {
            case expand:
                let value = lowered(option.value)
                result.expandsChildren =
                    value.split(separator: UInt8(ascii: ",")).contains { part in
                        part.starts(with: children)
                            && (part.count == children.count
                                || part[part.startIndex + children.count] == UInt8(ascii: "("))
                    }
            case skipToken: result.hasToken = true
            case page: result.chain = option.value.withUnsafeBytes { PageChain($0) }
            default: break
            }
        }
        return result
    }

    private static func parse(_ query: UnsafeRawBufferPointer) -> [Option]? {
        var options: [Option] = []
        for option in QueryOptions(query) {
            guard options.count < optionLimit, var name = decoded(option.name), let value = decoded(option.value) else {
                return nil
            }
            name = lowered(name)
            if name.first == UInt8(ascii: "$") { name.removeFirst() }
            options.append(Option(name: name, value: value))
        }
        return options
    }

    /// Percent escapes resolved; a plus stays what it is.
    private static func decoded(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            var byte = text[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < text.count, let high = ASCII.hexValue(text[index]),
                    let low = ASCII.hexValue(text[index + 1])
                else { return nil }
                byte = high << 4 | low
                index += 2
            }
            out.append(byte)
        }
        return out
    }

    /// The members of a comma list, each once, in order.
    private static func set(_ value: [UInt8]) -> [UInt8] {
        let parts = value.split(separator: UInt8(ascii: ",")).map { part in
            Array(part.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
        }
        let sorted = parts.sorted { $0.lexicographicallyPrecedes($1) }
        var result: [[UInt8]] = []
        for part in sorted where result.last != part { result.append(part) }
        return Array(result.joined(separator: [UInt8(ascii: ",")]))
    }

    private static func append(_ field: [UInt8], to form: inout [UInt8]) {
        for shift in [16, 8, 0] { form.append(UInt8(truncatingIfNeeded: field.count >> shift)) }
        form.append(contentsOf: field)
    }

    private static func lowered(_ text: [UInt8]) -> [UInt8] {
        text.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    }

    private static let select = Array("select".utf8)
    private static let expand = Array("expand".utf8)
    private static let skipToken = Array("skiptoken".utf8)
    private static let page = Array("riffle-page".utf8)
    private static let children = Array("children".utf8)
}
