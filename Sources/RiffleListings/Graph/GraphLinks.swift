/// The links that clients follow out of an answer of Graph that is no listing of riffle's: to the next page of a search or
/// of a delta query, and to what changes later.
package enum GraphLinks {
    /// In the order of the body; nil when it is no whole JSON object.
    package static func find(in body: [UInt8]) -> [NextLink]? {
        body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            return try? read(&reader)
        }
    }

    private static func read(_ reader: inout JSONReader) throws(JSONReader.Failure) -> [NextLink] {
        var links: [NextLink] = []
        try readMembers(&reader, &links)
        try reader.expectEnd()
        return links
    }

    private static func readMembers(
        _ reader: inout JSONReader, _ links: inout [NextLink], isWrapped: Bool = false
    ) throws(JSONReader.Failure) {
        try reader.enterObject()
        while let key = try reader.nextKey() {
            // SharePoint's verbose answers wrap everything.
            if !isWrapped, reader.isText(key, "d"), try reader.kind() == .object {
                try readMembers(&reader, &links, isWrapped: true)
                continue
            }
            guard isLink(key, reader) else {
                try reader.skipValue()
                continue
            }
            guard let text = try reader.textOrSkip(), let value = reader.decoded(text) else { continue }
            links.append(NextLink(range: text.range, escaping: .json, value: value))
        }
    }

    private static func isLink(_ key: JSONText, _ reader: JSONReader) -> Bool {
        let names: [StaticString] = ["@odata.nextLink", "@odata.deltaLink", "odata.nextLink", "__next"]
        return names.contains { reader.isText(key, $0) }
    }

    /// Whether the answer to a GET of this target may hold such links: contents of files do not.
    package static func mayBe(in target: [UInt8]) -> Bool {
        var scratch = GraphScratch()
        let path = Array(target.prefix { $0 != UInt8(ascii: "?") })
        guard path.withUnsafeBytes({ scratch.split($0) }), scratch.count > 1 else { return false }
        let last = scratch.count - 1
        guard !scratch.matches(last, "content"), !scratch.matches(last, "$value") else { return false }
        return scratch.matches(0, "v1.0") || scratch.matches(0, "beta")
            || (0..<last).contains { scratch.matches($0, "_api") }
    }
}
