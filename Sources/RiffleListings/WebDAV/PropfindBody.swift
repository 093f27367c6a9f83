/// The body of a PROPFIND as a set of names: two clients that ask for the same properties share one form.
enum PropfindBody {
    /// Properties one body may name.
    static let nameLimit = 256

    static let allprop = UInt8(ascii: "A")
    private static let propname = UInt8(ascii: "N")
    static let include = UInt8(ascii: "I")
    private static let prop = UInt8(ascii: "P")

    /// Mode and sorted names, each with its length in front; nil for a body that says anything beyond RFC 4918 §14.20,
    /// so that no two servers could answer it differently.
    static func canonicalForm(of body: UnsafeRawBufferPointer) -> [UInt8]? {
        guard !body.isEmpty else { return [allprop] }
        var reader = XMLReader(body)
        var mode: UInt8?
        var includes = false
        var names: Set<[UInt8]> = []
        while true {
            switch reader.next() {
            case .failed, .starved: return nil
            case .done: return compose(mode, includes, names)
            case .end: continue
            case .text:
                guard ASCII.trimmed(reader.textBytes).isEmpty else { return nil }
            case .start:
                guard !reader.hasAttributes else { return nil }
                switch reader.depth {
                case 1:
                    guard reader.isDAV("propfind") else { return nil }
                case 2:
                    if reader.isDAV("include") {
                        guard mode == allprop, !includes else { return nil }
                        includes = true
                        continue
                    }
                    guard mode == nil else { return nil }
                    if reader.isDAV("allprop") {
                        mode = allprop
                    } else if reader.isDAV("propname") {
                        mode = propname
                    } else if reader.isDAV("prop") {
                        mode = prop
                    } else {
                        return nil
                    }
                case 3:
                    guard mode == prop || includes, names.count < nameLimit, let name = name(in: reader)
                    else { return nil }
                    names.insert(name)
                default: return nil
                }
            }
        }
    }

    /// Whether a whole form came from a `propname` body: the tag, the field's length of one, the mode.
    static func asksForNames(_ form: [UInt8]) -> Bool {
        form.dropFirst(FormTag.count).starts(with: [0, 0, 1, propname])
    }

    private static func name(in reader: XMLReader) -> [UInt8]? {
        let namespace = reader.namespace
        for byte in namespace where byte == UInt8(ascii: "&") || byte < 0x21 { return nil }
        let local = reader.localName
        return [UInt8(truncatingIfNeeded: namespace.count >> 8), UInt8(truncatingIfNeeded: namespace.count)]
            + Array(namespace) + Array(local)
    }

    private static func compose(_ mode: UInt8?, _ includes: Bool, _ names: Set<[UInt8]>) -> [UInt8]? {
        guard let mode else { return nil }
        var form = [mode == allprop && !names.isEmpty ? include : mode]
        for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            form.append(UInt8(truncatingIfNeeded: name.count >> 8))
            form.append(UInt8(truncatingIfNeeded: name.count))
            form += name
        }
        return form
    }
}
