/// A small strict reader of request bodies: namespaces, no DTD (so no entity can expand), bounded depth and size.
struct XMLReader {
    struct Malformed: Error, Equatable { let reason: String }

    static let deepest = 64
    static let mostElements = 10_000
    static let longestBody = 512 * 1_024
    static let mostAttributes = 64
    static let xmlNamespace = "http://www.w3.org/XML/1998/namespace"

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var elements = 0

    static func parse(_ bytes: some Collection<UInt8>) throws(Malformed) -> XMLElement {
        guard bytes.count <= longestBody else { throw Malformed(reason: "the document is too long") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Malformed(reason: "the document is not UTF-8")
        }
        var scalars = Array(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        guard scalars.allSatisfy(isAllowed) else { throw Malformed(reason: "a character is not allowed in XML") }
        var reader = XMLReader(scalars: scalars)
        return try reader.document()
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private mutating func document() throws(Malformed) -> XMLElement {
        try skipMisc()
        guard peek() == "<" else { throw Malformed(reason: "there is no root element") }
        let root = try element(scope: ["": "", "xml": Self.xmlNamespace], depth: 0)
        try skipMisc()
        guard position == scalars.count else { throw Malformed(reason: "something follows the root element") }
        return root
    }

    private func peek() -> Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func starts(_ text: String) -> Bool { scalars[position...].starts(with: text.unicodeScalars) }

    private mutating func skipSpace() {
        while let scalar = peek(), Self.isSpace(scalar) { position += 1 }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "\r"
    }

    /// White space, comments, the declaration and processing instructions between elements.
    private mutating func skipMisc() throws(Malformed) {
        while true {
            skipSpace()
            if starts("<!--") {
                try skip(past: "-->")
            } else if starts("<?") {
                try skip(past: "?>")
            } else {
                return
            }
        }
    }

    private mutating func skip(past end: String) throws(Malformed) {
        position += 2
        while position < scalars.count {
            if starts(end) {
                position += end.unicodeScalars.count
                return
            }
            position += 1
        }
        throw Malformed(reason: "'\(end)' is missing")
    }

    private mutating func expect(_ text: String) throws(Malformed) {
        guard starts(text) else { throw Malformed(reason: "'\(text)' is missing") }
        position += text.unicodeScalars.count
    }

    private mutating func name() throws(Malformed) -> (prefix: String, local: String) {
        var text = String.UnicodeScalarView()
        while let scalar = peek(), Self.isNameScalar(scalar, first: text.isEmpty) {
            text.append(scalar)
            position += 1
        }
        let parts = String(text).split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy({ !$0.isEmpty }), let last = parts.last, parts.count <= 2 else {
            throw Malformed(reason: "a name is malformed")
        }
        guard let initial = last.unicodeScalars.first, Self.isNameScalar(initial, first: true) else {
            throw Malformed(reason: "a name is malformed")
        }
        return parts.count == 2 ? (parts[0], last) : ("", last)
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar, first: Bool) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_", ":": true
        case "0"..."9", "-", ".": !first
        default: scalar.value >= 0xC0 && scalar.value != 0xD7 && scalar.value != 0xF7 || !first && scalar.value == 0xB7
        }
    }

    private mutating func element(scope: [String: String], depth: Int) throws(Malformed) -> XMLElement {
        elements += 1
        guard depth < Self.deepest, elements <= Self.mostElements else {
            throw Malformed(reason: "the document has too many elements")
        }
        if starts("<!") { throw Malformed(reason: "document types are not accepted") }
        try expect("<")
        let tag = try name()
        var scope = scope
        var raw: [(prefix: String, local: String, value: String)] = []
        while true {
            let before = position
            skipSpace()
            if starts("/>") || starts(">") { break }
            guard position > before, raw.count < Self.mostAttributes else {
                throw Malformed(reason: "a tag is malformed")
            }
            let attribute = try name()
            skipSpace()
            try expect("=")
            skipSpace()
            let value = try attributeValue()
            if attribute.prefix == "xmlns" {
                guard !value.isEmpty else { throw Malformed(reason: "a prefix is bound to no namespace") }
                scope[attribute.local] = value
            } else if attribute.prefix.isEmpty, attribute.local == "xmlns" {
                scope[""] = value
            } else {
                raw.append((attribute.prefix, attribute.local, value))
            }
        }
        guard let namespace = scope[tag.prefix] else { throw Malformed(reason: "prefix '\(tag.prefix)' is not bound") }
        var result = XMLElement(name: XMLName(namespace: namespace, local: tag.local))
        for attribute in raw {
            guard let space = attribute.prefix.isEmpty ? "" : scope[attribute.prefix] else {
                throw Malformed(reason: "prefix '\(attribute.prefix)' is not bound")
            }
            result.attributes.append(
                .init(name: XMLName(namespace: space, local: attribute.local), value: attribute.value))
        }
        if starts("/>") {
            position += 2
            return result
        }
        position += 1
        try content(into: &result, scope: scope, depth: depth)
        try expect("</")
        let end = try name()
        guard end == tag else { throw Malformed(reason: "'\(tag.local)' is not closed") }
        skipSpace()
        try expect(">")
        return result
    }

    private mutating func content(
        into element: inout XMLElement, scope: [String: String], depth: Int
    ) throws(Malformed) {
        var text = String.UnicodeScalarView()
        func flush(_ element: inout XMLElement) {
            if !text.isEmpty { element.content.append(.text(String(text))) }
            text = String.UnicodeScalarView()
        }
        while let scalar = peek() {
            if scalar == "<" {
                if starts("</") {
                    flush(&element)
                    return
                } else if starts("<!--") {
                    try skip(past: "-->")
                } else if starts("<?") {
                    try skip(past: "?>")
                } else if starts("<![CDATA[") {
                    position += 9
                    while !starts("]]>") {
                        guard let inner = peek() else { throw Malformed(reason: "']]>' is missing") }
                        text.append(inner)
                        position += 1
                    }
                    position += 3
                } else {
                    flush(&element)
                    element.content.append(.element(try self.element(scope: scope, depth: depth + 1)))
                }
            } else if scalar == "&" {
                text.append(try reference())
            } else {
                text.append(scalar)
                position += 1
            }
        }
        throw Malformed(reason: "an element is not closed")
    }

    private mutating func attributeValue() throws(Malformed) -> String {
        guard let quote = peek(), quote == "\"" || quote == "'" else {
            throw Malformed(reason: "a value is not quoted")
        }
        position += 1
        var text = String.UnicodeScalarView()
        while let scalar = peek(), scalar != quote {
            guard scalar != "<" else { throw Malformed(reason: "'<' in a value") }
            if scalar == "&" {
                text.append(try reference())
            } else {
                text.append(scalar)
                position += 1
            }
        }
        guard peek() == quote else { throw Malformed(reason: "a value is not closed") }
        position += 1
        return String(text)
    }

    private mutating func reference() throws(Malformed) -> Unicode.Scalar {
        position += 1
        var name = ""
        while let scalar = peek(), scalar != ";", name.utf8.count < 10 {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        try expect(";")
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let number =
                name.hasPrefix("#x")
                ? UInt32(name.dropFirst(2), radix: 16)
                : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            guard let scalar = number.flatMap(Unicode.Scalar.init), Self.isAllowed(scalar) else {
                throw Malformed(reason: "the reference '\(name)' is not known")
            }
            return scalar
        }
    }
}
