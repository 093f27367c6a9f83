/// A pull reader for the XML of WebDAV: one pass over the bytes, no tree, no recursion, bounded memory.
///
/// It checks what tells a whole document from a damaged one (nesting, names, quotes, references, namespaces, one root,
/// nothing behind it) and refuses document types, so nothing can expand. It does not check that text is valid UTF-8.
struct XMLReader {
    /// Open elements at once.
    static let depthLimit = 64
    /// Namespace declarations in scope.
    static let bindingLimit = 256
    static let attributeLimit = 64

    enum Event: Equatable {
        case start, end, text, done
        case failed(ConfirmationFailure)
    }

    private struct Open {
        var name: Range<Int>
        var local: Int
        var namespace: Int
        var bindings: Int
    }

    private struct Binding {
        var prefix: Range<Int>
        var uri: Range<Int>
        var isDAV: Bool
    }

    private enum Failure: Error {
        case because(ConfirmationFailure)
    }

    let bytes: UnsafeRawBufferPointer
    /// Behind the last event.
    private(set) var position = 0
    /// Where the tag of the last `.start` or `.end` begins.
    private(set) var tagStart = 0
    private var open: [Open] = []
    private var bindings: [Binding] = []
    private var attributes: [Range<Int>] = []
    private var sawRoot = false
    private var closesItself = false
    private var current = Open(name: 0..<0, local: 0, namespace: -1, bindings: 0)

    /// The text of a `.text` event, references and all.
    private(set) var text = 0..<0
    /// Whether ``text`` stands for other characters than it spells.
    private(set) var textHasReferences = false
    /// Whether the element of a `.start` has attributes other than namespace declarations.
    private(set) var hasAttributes = false
    /// Open elements after a `.start` (1 for the root) and before an `.end`.
    private(set) var depth = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
        open.reserveCapacity(Self.depthLimit)
        bindings.reserveCapacity(16)
    }

    /// The local name of the element of the last `.start` or `.end`.
    var localName: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[current.local..<current.name.upperBound])
    }

    /// The namespace of that element as spelled; empty for none.
    var namespace: UnsafeRawBufferPointer {
        guard current.namespace >= 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: bytes[bindings[current.namespace].uri])
    }

    func isDAV(_ name: StaticString) -> Bool {
        current.namespace >= 0 && bindings[current.namespace].isDAV && ASCII.equals(localName, name)
    }

    var textBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[text]) }

    mutating func next() -> Event {
        do throws(Failure) {
            return try advance()
        } catch {
            switch error {
            case .because(let failure): return .failed(failure)
            }
        }
    }

    private mutating func advance() throws(Failure) -> Event {
        if closesItself {
            closesItself = false
            depth = open.count + 1
            return .end
        }
        bindings.removeLast(bindings.count - (open.last.map { $0.bindings } ?? 0))
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else {
                try readText()
                if open.isEmpty {
                    guard ASCII.trimmed(textBytes).isEmpty else { throw .because(.malformed) }
                    continue
                }
                return .text
            }
            guard position + 1 < bytes.count else { throw .because(.incomplete) }
            switch bytes[position + 1] {
            case UInt8(ascii: "/"):
                try readEndTag()
                return .end
            case UInt8(ascii: "?"):
                try readInstruction()
            case UInt8(ascii: "!"):
                if try readDeclaration() { return .text }
            default:
                try readStartTag()
                return .start
            }
        }
        guard open.isEmpty, sawRoot else { throw .because(.incomplete) }
        return .done
    }

    // MARK: Text

    private mutating func readText() throws(Failure) {
        let start = position
        textHasReferences = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "<") { break }
            if byte == UInt8(ascii: "&") {
                textHasReferences = true
                try readReference()
                continue
            }
            if byte < 0x20, !ASCII.isSpace(byte) { throw .because(.malformed) }
            position &+= 1
        }
        text = start..<position
    }

    /// One of the five named references, or a numbered one.
    private mutating func readReference() throws(Failure) {
        let start = position + 1
        var end = start
        while end < bytes.count, end - start <= 10, bytes[end] != UInt8(ascii: ";") { end += 1 }
        guard end < bytes.count else { throw .because(.incomplete) }
        guard XMLText.reference(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) != nil else {
            throw .because(.malformed)
        }
        position = end + 1
    }

    // MARK: Markup that is no element

    private mutating func readInstruction() throws(Failure) {
        let start = position
        let end = try find("?>", from: position + 2)
        position = end + 2
        let content = UnsafeRawBufferPointer(rebasing: bytes[start + 2..<end])
        guard content.count >= 3, ASCII.matches(UnsafeRawBufferPointer(rebasing: content[0..<3]), "xml"),
            content.count == 3 || ASCII.isSpace(content[3])
        else { return }
        guard start <= 3, !sawRoot else { throw .because(.malformed) }
        guard ASCII.find("encoding", in: content) != nil else { return }
        guard ASCII.find("utf-8", in: content) != nil || ASCII.find("us-ascii", in: content) != nil else {
            throw .because(.malformed)
        }
    }

    /// A comment (false) or a CDATA section (true, and ``text`` is its content).
    private mutating func readDeclaration() throws(Failure) -> Bool {
        if try begins(with: "<!--") {
            position = try find("-->", from: position + 4) + 3
            return false
        }
        if try begins(with: "<![CDATA[") {
            guard !open.isEmpty else { throw .because(.malformed) }
            let end = try find("]]>", from: position + 9)
            text = position + 9..<end
            textHasReferences = false
            position = end + 3
            return true
        }
        throw .because(.doctype)
    }

    private func begins(with text: StaticString) throws(Failure) -> Bool {
        for index in 0..<text.utf8CodeUnitCount {
            guard position + index < bytes.count else { throw .because(.incomplete) }
            if bytes[position + index] != text.utf8Start[index] { return false }
        }
        return true
    }

    private func find(_ text: StaticString, from start: Int) throws(Failure) -> Int {
        let count = text.utf8CodeUnitCount
        var index = start
        while index + count <= bytes.count {
            if bytes[index] == text.utf8Start[0],
                ASCII.equals(UnsafeRawBufferPointer(rebasing: bytes[index..<index + count]), text)
            {
                return index
            }
            index &+= 1
        }
        throw .because(.incomplete)
    }

    // MARK: Tags

    private mutating func readStartTag() throws(Failure) {
        guard !(open.isEmpty && sawRoot) else { throw .because(.malformed) }
        guard open.count < Self.depthLimit else { throw .because(.tooComplex) }
        sawRoot = true
        tagStart = position
        position += 1
        let name = try readName()
        hasAttributes = false
        attributes.removeAll(keepingCapacity: true)
        while true {
            let hadSpace = skipSpace()
            guard position < bytes.count else { throw .because(.incomplete) }
            if bytes[position] == UInt8(ascii: ">") {
                position += 1
                break
            }
            if bytes[position] == UInt8(ascii: "/") {
                guard position + 1 < bytes.count else { throw .because(.incomplete) }
                guard bytes[position + 1] == UInt8(ascii: ">") else { throw .because(.malformed) }
                position += 2
                closesItself = true
                break
            }
            guard hadSpace else { throw .because(.malformed) }
            try readAttribute()
        }
        let (local, namespace) = try resolve(name)
        current = Open(name: name, local: local, namespace: namespace, bindings: bindings.count)
        depth = open.count + 1
        if !closesItself { open.append(current) }
    }

    private mutating func readEndTag() throws(Failure) {
        tagStart = position
        position += 2
        let name = try readName()
        _ = skipSpace()
        guard position < bytes.count else { throw .because(.incomplete) }
        guard bytes[position] == UInt8(ascii: ">"), let last = open.last,
            UnsafeRawBufferPointer(rebasing: bytes[last.name]).elementsEqual(
                UnsafeRawBufferPointer(rebasing: bytes[name]))
        else { throw .because(.malformed) }
        position += 1
        current = last
        depth = open.count
        open.removeLast()
    }

    private mutating func skipSpace() -> Bool {
        let start = position
        while position < bytes.count, ASCII.isSpace(bytes[position]) { position &+= 1 }
        return position > start
    }

    private mutating func readName() throws(Failure) -> Range<Int> {
        let start = position
        while position < bytes.count, Self.isNameByte(bytes[position]) { position &+= 1 }
        guard position < bytes.count else { throw .because(.incomplete) }
        guard position > start, !(bytes[start] < 0x40) else { throw .because(.malformed) }
        return start..<position
    }

    /// Letters, digits, `- . : _` and all that is not ASCII.
    @inline(__always)
    private static func isNameByte(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return true }
        let low: UInt64 = 0x07FF_6000_0000_0000
        let high: UInt64 = 0x07FF_FFFE_87FF_FFFE
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    private mutating func readAttribute() throws(Failure) {
        let name = try readName()
        _ = skipSpace()
        guard position < bytes.count else { throw .because(.incomplete) }
        guard bytes[position] == UInt8(ascii: "=") else { throw .because(.malformed) }
        position += 1
        _ = skipSpace()
        guard position < bytes.count else { throw .because(.incomplete) }
        let quote = bytes[position]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { throw .because(.malformed) }
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != quote {
            let byte = bytes[position]
            if byte == UInt8(ascii: "<") || (byte < 0x20 && !ASCII.isSpace(byte)) { throw .because(.malformed) }
            if byte == UInt8(ascii: "&") { try readReference() } else { position &+= 1 }
        }
        guard position < bytes.count else { throw .because(.incomplete) }
        let value = start..<position
        position += 1
        try note(attribute: name, value)
    }

    private mutating func note(attribute name: Range<Int>, _ value: Range<Int>) throws(Failure) {
        guard attributes.count < Self.attributeLimit else { throw .because(.tooComplex) }
        let spelled = UnsafeRawBufferPointer(rebasing: bytes[name])
        for other in attributes where bytes[other].elementsEqual(spelled) { throw .because(.malformed) }
        attributes.append(name)
        let isDefault = ASCII.equals(spelled, "xmlns")
        let isPrefixed =
            spelled.count > 6 && ASCII.equals(UnsafeRawBufferPointer(rebasing: spelled[0..<6]), "xmlns:")
        guard isDefault || isPrefixed else {
            hasAttributes = true
            return
        }
        guard bindings.count < Self.bindingLimit else { throw .because(.tooComplex) }
        guard isDefault || !value.isEmpty else { throw .because(.malformed) }
        let prefix = isDefault ? name.upperBound..<name.upperBound : name.lowerBound + 6..<name.upperBound
        let isDAV = ASCII.equals(UnsafeRawBufferPointer(rebasing: bytes[value]), "DAV:")
        bindings.append(Binding(prefix: prefix, uri: value, isDAV: isDAV))
    }

    /// Where the local name begins, and the binding of the prefix; -1 for no namespace.
    private func resolve(_ name: Range<Int>) throws(Failure) -> (local: Int, namespace: Int) {
        var colon = name.lowerBound
        while colon < name.upperBound, bytes[colon] != UInt8(ascii: ":") { colon &+= 1 }
        let hasPrefix = colon < name.upperBound
        let prefix = hasPrefix ? name.lowerBound..<colon : name.lowerBound..<name.lowerBound
        let local = hasPrefix ? colon + 1 : name.lowerBound
        guard local < name.upperBound else { throw .because(.malformed) }
        var index = bindings.count - 1
        while index >= 0 {
            let binding = bindings[index]
            if binding.prefix.count == prefix.count {
                var offset = 0
                while offset < prefix.count,
                    bytes[binding.prefix.lowerBound + offset] == bytes[prefix.lowerBound + offset]
                { offset &+= 1 }
                if offset == prefix.count { return (local, binding.uri.isEmpty ? -1 : index) }
            }
            index &-= 1
        }
        guard !hasPrefix else { throw .because(.malformed) }
        return (local, -1)
    }
}
