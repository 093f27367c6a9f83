/// Request targets of Graph made of canonical folder paths: the way back of ``GraphForm``.
enum GraphTarget {
    /// The target that lists the folder `path` as `example` lists another; nil for a page in the middle of a chain, whose
    /// query fits no other folder.
    static func listing(of path: [UInt8], form: [UInt8], like example: [UInt8]) -> [UInt8]? {
        guard let version = version(of: form), let address = address(of: path, version: version) else { return nil }
        let query = example.drop { $0 != UInt8(ascii: "?") }
        let options = Array(query.dropFirst()).withUnsafeBytes { GraphQuery.options(of: $0) }
        guard let options, !options.hasToken, options.chain == nil else { return nil }
        guard form[GraphForm.kindIndex] == GraphForm.children else { return address.bytes + query }
        return address.bytes + (address.isOpen ? Array(":/children".utf8) : Array("/children".utf8)) + query
    }

    /// An item's own address without query and closing colon, and whether names at its end want one before more follows.
    static func address(of path: [UInt8], version: [UInt8]) -> (bytes: [UInt8], isOpen: Bool)? {
        var segments = path.split(separator: FolderPath.slash).map { Array($0) }
        let api = GraphAddress.siteAPI(in: path).map { path[..<$0].split(separator: FolderPath.slash).count }
        segments.insert(version, at: api.map { $0 + 1 } ?? 0)
        let raw = segments.flatMap { [FolderPath.slash] + $0 }
        var scratch = GraphScratch()
        guard let parsed = raw.withUnsafeBytes({ GraphPath.parse($0, &scratch) }), parsed.item != .none else {
            return nil
        }
        // Without colons the names come out as what is asked of the item; the segments are those of `path` one to one.
        let names = segments.count - parsed.suffix.count
        guard !parsed.suffix.isEmpty else { return (raw, false) }
        segments[names - 1].append(UInt8(ascii: ":"))
        return (segments.flatMap { [FolderPath.slash] + $0 }, true)
    }

    /// The version of the API that a form names.
    static func version(of form: [UInt8]) -> [UInt8]? {
        let start = FormTag.count + 3
        guard form.count >= start, form[0] == FormTag.graph else { return nil }
        let count = Int(form[start - 3]) << 16 | Int(form[start - 2]) << 8 | Int(form[start - 1])
        guard form.count >= start + count, count > 0 else { return nil }
        return Array(form[start..<start + count])
    }
}
