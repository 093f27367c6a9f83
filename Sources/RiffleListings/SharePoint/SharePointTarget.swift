/// Request targets of SharePoint's REST service made of canonical folder paths: the way back of ``SharePointForm``.
enum SharePointTarget {
    /// The target that lists the folder `path` as `example` lists another; nil where the example's way of addressing or its
    /// query fits no other folder.
    static func listing(of path: [UInt8], like example: [UInt8]) -> [UInt8]? {
        let query = example.drop { $0 != UInt8(ascii: "?") }
        let raw = Array(example.prefix { $0 != UInt8(ascii: "?") })
        let parsed = raw.withUnsafeBytes {
            SharePointPath.parse($0, query: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        let options = Array(query.dropFirst()).withUnsafeBytes { GraphQuery.options(of: $0) }
        guard let parsed, let spelling = parsed.spelling, let options, !options.hasToken, options.chain == nil,
            let names = SharePointNames.folder(of: path)
        else { return nil }
        let isOdd = names.contains { $0.contains(UInt8(ascii: "%")) || $0.contains(UInt8(ascii: "#")) }
        guard spelling == .path || !isOdd else { return nil }
        var target: [UInt8] = []
        for part in parsed.site {
            target.append(FolderPath.slash)
            guard FolderPath.appendSegment(part, to: &target) else { return nil }
        }
        target += Array(
            (spelling == .url
                ? "/_api/web/GetFolderByServerRelativeUrl('" : "/_api/web/GetFolderByServerRelativePath(decodedurl='")
                .utf8)
        for name in names {
            target.append(FolderPath.slash)
            // A quote within quotes is doubled.
            guard FolderPath.appendSegment(name.flatMap { $0 == quote ? [quote, quote] : [$0] }, to: &target) else {
                return nil
            }
        }
        if names.isEmpty { target.append(FolderPath.slash) }
        target += Array("')".utf8)
        for call in parsed.rest { target += [FolderPath.slash] + call.spelled }
        return target + query
    }

    private static let quote = UInt8(ascii: "'")
}
