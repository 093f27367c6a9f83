/// What a PROPFIND asks for (RFC 4918 §9.1); an empty body asks for everything.
enum PropfindRequest: Sendable {
    case everything(including: [XMLName])
    case names
    case these([XMLName])

    static func parse(_ bytes: some Collection<UInt8>) throws(XMLReader.Malformed) -> PropfindRequest {
        guard !bytes.isEmpty else { return .everything(including: []) }
        let root = try XMLReader.parse(bytes)
        guard root.name == .dav("propfind") else { throw .init(reason: "the root is not DAV: propfind") }
        if let wanted = root.child("prop") { return .these(wanted.children.map(\.name)) }
        if root.child("propname") != nil { return .names }
        guard root.child("allprop") != nil else { throw .init(reason: "none of prop, propname, allprop") }
        return .everything(including: root.child("include")?.children.map(\.name) ?? [])
    }
}
