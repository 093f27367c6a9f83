/// The properties the server itself computes.
enum LiveProperties {
    static let all = [
        "resourcetype", "displayname", "creationdate", "getlastmodified", "getetag", "getcontentlength",
        "getcontenttype", "supportedlock", "lockdiscovery",
    ]

    /// `displayname` may be set by clients; the others are the server's.
    static let protected = Set(all.filter { $0 != "displayname" }.map(XMLName.dav))

    /// Appends the property as an element; false if this resource has none of that name.
    static func append(
        _ local: String, of node: Node, at path: ResourcePath, name: String, locks: [Lock], to out: inout String
    ) -> Bool {
        let value: String
        switch local {
        case "resourcetype": value = node.isFolder ? "<D:collection/>" : ""
        case "displayname": value = XMLText.escape(name)
        case "creationdate": value = HTTPDate.iso8601(node.changed)
        case "getlastmodified": value = HTTPDate.format(node.modified)
        case "getetag": value = node.etag
        case "getcontentlength":
            if node.isFolder { return false }
            value = "\(node.size)"
        case "getcontenttype": value = node.isFolder ? MediaTypes.folder : MediaTypes.of(name)
        case "supportedlock":
            value =
                "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
                + "<D:lockentry><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
        case "lockdiscovery": value = locks.map(\.activeLock).joined()
        default: return false
        }
        out += value.isEmpty ? "<D:\(local)/>" : "<D:\(local)>\(value)</D:\(local)>"
        return true
    }
}
