/// A folder exactly as nginx writes it with `autoindex_format json`: folders first, then by the bytes of the name, no
/// dot files, `other` for what is neither a file nor a folder.
enum AutoindexJSON {
    static func render(_ children: [Child]) -> [UInt8] {
        let shown = children.filter { !$0.name.utf8.starts(with: ".".utf8) }
            .map { (child: $0, isFolder: $0.isServed && $0.node.isFolder) }
            .sorted { left, right in
                if left.isFolder != right.isFolder { return left.isFolder }
                return left.child.name.utf8.lexicographicallyPrecedes(right.child.name.utf8)
            }
        var out = Array("[\r\n".utf8)
        out.reserveCapacity(shown.count * 100)
        var isFirst = true
        for (child, isFolder) in shown {
            if !isFirst { out += Array(",\r\n".utf8) }
            isFirst = false
            out += Array("{ \"name\":\"".utf8)
            JSONText.append(child.name, to: &out)
            let isFile = child.isServed && child.node.kind == .file
            out += Array("\", \"type\":\"\(isFolder ? "directory" : isFile ? "file" : "other")\"".utf8)
            out += Array(", \"mtime\":\"\(HTTPDate.format(child.node.modified))\"".utf8)
            if isFile { out += Array(", \"size\":\(child.node.size)".utf8) }
            out += Array(" }".utf8)
        }
        if !isFirst { out += Array("\r\n".utf8) }
        out.append(UInt8(ascii: "]"))
        return out
    }
}
