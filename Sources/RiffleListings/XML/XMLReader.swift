/// A pull reader for the XML of WebDAV: one pass over the bytes, no tree, no recursion, bounded memory.
///
/// The bytes come in windows: what ``next()`` could not finish when it says `.starved` stands at the beginning of the next
/// window, from ``consumed`` on. Text may come in pieces, all other events come whole.
///
/// It checks what tells a whole document from a damaged one (nesting, names, quotes, references, namespaces, one root,
/// nothing behind it) and refuses document types, so nothing can expand. It does not check that text is valid UTF-8.
struct XMLReader {
    /// Open elements at once.
    static let depthLimit = 64
    /// Namespace declarations in scope.
    static let bindingLimit = 256
    static let attributeLimit = 64
    /// Bytes of all names of open elements and bindings.
    static let nameLimit = 64 << 10
    /// Bytes of one tag, comment or instruction.
    static let tokenLimit = 256 << 10

    enum Event: Equatable {
        case start, end, text, done
        /// The window ends within something; the next one goes on with it.
        case starved
        case failed(ConfirmationFailure)
    }

    private struct Open {
        /// Its name as spelled, in ``names``.
        var name: Range<Int>
        /// Bytes in front of the local name.
        var prefix: Int
        var namespace: Int
        /// Bindings in scope within it.
        var bindings: Int
    }

    /// Ranges of ``names``.
    private struct Binding {
        var prefix: Range<Int>
        var uri: Range<Int>
        var isDAV: Bool
    }

    private enum Failure: Error {
        case because(ConfirmationFailure)
    }

    private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    private var isLast = false
    /// Behind the last event, in this window.
    private(set) var position = 0
    /// Where the tag of the last `.start` or `.end` begins, in this window.
    private(set) var tagStart = 0
    /// Bytes of the windows before this one.
    private var offset = 0
    /// Bytes of this window that are done with.
    private(set) var consumed = 0
    private var open: [Open] = []
    /// Those in scope are the first ``bindingCount``: shortening an array costs more than counting.
    private var bindings: [Binding] = []
    private var bindingCount = 0
    /// The names of open elements and bindings, which outlive the windows that they stood in: the first ``nameCount``
    /// bytes.
    private var names: [UInt8] = []
    private var nameCount = 0
    private var attributes: [Range<Int>] = []
    private var sawRoot = false
    private var closesItself = false
    private var local = 0..<0
    private var currentNamespace = -1

    /// The text of a `.text` event, references and all.
    private(set) var text = 0..<0
    /// Whether ``text`` stands for other characters than it spells.
    private(set) var textHasReferences = false
    /// Whether the element of a `.start` has attributes other than namespace declarations.
    private(set) var hasAttributes = false
    /// Open elements after a `.start` (1 for the root) and before an `.end`.
    private(set) var depth = 0

    init() {
        open.reserveCapacity(Self.depthLimit)
        bindings.reserveCapacity(16)
        names = Array(repeating: 0, count: 1_024)
    }

    /// A reader of a document that is there as a whole.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init()
        begin(bytes, isLast: true)
    }

    /// Goes on in another window, which begins with what was left of the one before.
    mutating func begin(_ window: UnsafeRawBufferPointer, isLast: Bool) {
        bytes = window
        self.isLast = isLast
        offset += consumed
        consumed = 0
        position = 0
        if offset == 0, window.count >= 3, window[0] == 0xEF, window[1] == 0xBB, window[2] == 0xBF { position = 3 }
    }

    /// The local name of the element of the last `.start` or `.end`.
    var localName: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[local])
    }

    /// The namespace of that element as spelled; empty for none.
    var namespace: ArraySlice<UInt8> {
        currentNamespace >= 0 ? names[bindings[currentNamespace].uri] : []
    }

    @inline(__always)
    func isDAV(_ name: StaticString) -> Bool {
        currentNamespace >= 0 && ASCII.equals(localName, name) && bindings[currentNamespace].isDAV
    }

    var textBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[text]) }

    mutating func next() -> Event {
        do throws(Failure) {
            let event = try advance()
            consumed = position
            return event
        } catch {
            guard case .because(let failure) = error else { return .failed(.malformed) }
            guard failure == .incomplete, !isLast else { return .failed(failure) }
            // What was begun is read anew when all of it is there.
            return bytes.count - consumed > Self.tokenLimit ? .failed(.tooComplex) : .starved
        }
    }

    private mutating func advance() throws(Failure) -> Event {
        if closesItself {
            closesItself = false
            depth = open.count + 1
            return .end
        }
        forget(bindingsFrom: open.last.map { $0.bindings } ?? 0)
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else {
                try readText()
                if open.isEmpty {
                    guard ASCII.trimmed(textBytes).isEmpty else { throw .because(.malformed) }
                    consumed = position
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
                consumed = position
            case UInt8(ascii: "!"):
                if try readDeclaration() { return .text }
                consumed = position
            default:
                try readStartTag()
                return .start
            }
        }
        guard isLast else { throw .because(.incomplete) }
        guard open.isEmpty, sawRoot else { throw .because(.incomplete) }
        return .done
    }

    /// Drops the bindings that went out of scope, and their names.
    @inline(__always)
    private mutating func forget(bindingsFrom count: Int) {
        guard bindingCount > count else { return }
        nameCount = bindings[count].prefix.lowerBound
        bindingCount = count
    }

    /// Keeps a name; where it is kept.
    @inline(__always)
    private mutating func keep(_ name: UnsafeRawBufferPointer) throws(Failure) -> Range<Int> {
        let start = nameCount
        let end = start + name.count
        if end > names.count {
            guard end <= Self.nameLimit else { throw .because(.tooComplex) }
            names.append(contentsOf: repeatElement(0, count: max(end - names.count, names.count)))
        }
        names.withUnsafeMutableBytes { UnsafeMutableRawBufferPointer(rebasing: $0[start..<end]).copyMemory(from: name) }
        nameCount = end
        return start..<end
    }

    // MARK: Text

    private mutating func readText() throws(Failure) {
        let start = position
        textHasReferences = false
        scan: while true {
            position = WordScan.firstMark(UInt8(ascii: "<"), UInt8(ascii: "&"), in: bytes, from: position)
            guard position < bytes.count else { break }
            switch bytes[position] {
            case UInt8(ascii: "<"): break scan
            case UInt8(ascii: "&"):
                let reference = position
                do throws(Failure) {
                    try readReference()
                } catch {
                    // A reference that the window cuts is left for the next one; what stands before it is not.
                    guard case .because(.incomplete) = error, !isLast, reference > start else { throw error }
                    position = reference
                    break scan
                }
                textHasReferences = true
            case let byte:
                guard ASCII.isSpace(byte) else { throw .because(.malformed) }
                position &+= 1
            }
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
        guard offset + start <= 3, !sawRoot else { throw .because(.malformed) }
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
        tagStart = position
        position += 1
        let name = try readName()
        hasAttributes = false
        attributes.removeAll(keepingCapacity: true)
        var isEmpty = false
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
                isEmpty = true
                break
            }
            guard hadSpace else { throw .because(.malformed) }
            try readAttribute()
        }
        let (prefix, namespace) = try resolve(name)
        local = name.lowerBound + prefix..<name.upperBound
        currentNamespace = namespace
        sawRoot = true
        depth = open.count + 1
        closesItself = isEmpty
        guard !isEmpty else { return }
        let kept = try keep(UnsafeRawBufferPointer(rebasing: bytes[name]))
        open.append(Open(name: kept, prefix: prefix, namespace: namespace, bindings: bindingCount))
    }

    private mutating func readEndTag() throws(Failure) {
        tagStart = position
        position += 2
        let start = position
        guard let last = open.last else {
            _ = try readName()
            throw .because(.malformed)
        }
        // Nearly always the very bytes of the start tag.
        let length = last.name.count
        if position + length < bytes.count, isName(last.name, at: position), !Self.isNameByte(bytes[position + length])
        {
            position += length
        } else {
            _ = try readName()
            throw .because(.malformed)
        }
        _ = skipSpace()
        guard position < bytes.count else { throw .because(.incomplete) }
        guard bytes[position] == UInt8(ascii: ">") else { throw .because(.malformed) }
        position += 1
        local = start + last.prefix..<start + length
        currentNamespace = last.namespace
        depth = open.count
        open.removeLast()
        nameCount = last.name.lowerBound
    }

    @inline(__always)
    private func isName(_ name: Range<Int>, at place: Int) -> Bool {
        names.withUnsafeBytes { names in
            WordScan.isEqual(
                UnsafeRawBufferPointer(rebasing: names[name]),
                UnsafeRawBufferPointer(rebasing: bytes[place..<place + name.count]))
        }
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
        guard bindingCount < Self.bindingLimit else { throw .because(.tooComplex) }
        guard isDefault || !value.isEmpty else { throw .because(.malformed) }
        let uri = UnsafeRawBufferPointer(rebasing: bytes[value])
        let binding = Binding(
            prefix: try keep(UnsafeRawBufferPointer(rebasing: spelled.dropFirst(isDefault ? spelled.count : 6))),
            uri: try keep(uri), isDAV: ASCII.equals(uri, "DAV:"))
        if bindingCount < bindings.count { bindings[bindingCount] = binding } else { bindings.append(binding) }
        bindingCount += 1
    }

    /// Bytes in front of the local name, and the binding of the prefix; -1 for no namespace.
    private func resolve(_ name: Range<Int>) throws(Failure) -> (prefix: Int, namespace: Int) {
        var colon = name.lowerBound
        while colon < name.upperBound, bytes[colon] != UInt8(ascii: ":") { colon &+= 1 }
        let hasPrefix = colon < name.upperBound
        let length = hasPrefix ? colon - name.lowerBound : 0
        let skipped = hasPrefix ? length + 1 : 0
        guard skipped < name.count else { throw .because(.malformed) }
        var index = bindingCount - 1
        while index >= 0 {
            let binding = bindings[index]
            if binding.prefix.count == length, isName(binding.prefix, at: name.lowerBound) {
                return (skipped, binding.uri.isEmpty ? -1 : index)
            }
            index &-= 1
        }
        guard !hasPrefix else { throw .because(.malformed) }
        return (skipped, -1)
    }
}
